// Customers and their contacts.
"use strict";

const { client, connect, made, rejection } = require("./client.cjs");

const { customer, configuration } = client;
const KEY = "chargebee-idempotency-key";

const ids = ({ list }) => list.map((entry) => entry.customer.id);

module.exports = {
  create: () =>
    made({
      id: "acme-1",
      first_name: "Zoë",
      allow_direct_debit: true,
      consolidated_invoicing: false,
      net_term_days: 30,
      cf_Tier: "gold & silver",
      meta_data: { PlanName: "gold", n: 1, nested: { b: [1, true, null] } },
      exemption_details: [{ cat: 7 }],
      billing_address: { line1: "1 Main St", state_code: "CA", country: "US" },
      favourite: "unknown",
    }),

  createWithoutParameters: async () => {
    const { httpStatusCode, isIdempotencyReplayed, ...rest } = await customer.create();
    return { httpStatusCode, isIdempotencyReplayed, keys: Object.keys(rest) };
  },

  createValidated: async () => {
    const validating = connect(process.env.SDK_KEY, { enableValidation: true });
    return (await validating.customer.create({ first_name: "A", meta_data: { a: 1 } })).customer;
  },

  retrieve: async () => {
    await made({ id: "a b", first_name: "A" });
    return (await customer.retrieve("a b")).customer;
  },

  updateWithNull: async () => {
    await made({ id: "c", first_name: "A", last_name: "B", email: "a@example.com", meta_data: { a: 1 } });
    const params = { first_name: null, last_name: "", email: undefined, meta_data: null };
    return (await customer.update("c", params)).customer;
  },

  updateWithoutParameters: async () => {
    const before = await made({ id: "c", first_name: "A" });
    return [before, (await customer.update("c")).customer];
  },

  updateBillingInfo: async () => {
    await made({ id: "c", first_name: "A", vat_number: "X1", billing_address: { line1: "1", zip: "9" } });
    return (await customer.updateBillingInfo("c", { billing_address: { line1: "2", zip: null } })).customer;
  },

  changeBillingDate: async () => {
    await made({ id: "c" });
    return (await customer.changeBillingDate("c", { billing_date: 31, billing_date_mode: "manually_set" })).customer;
  },

  filters: async () => {
    await made({ id: "ann", first_name: "Ann", phone: "+14155550101", taxability: "exempt", auto_close_invoices: true });
    await made({ id: "b,o\"b", first_name: "Bob", last_name: "O'Neil", auto_collection: "off" });
    const { created_at } = await made({ id: "cy", email: "cy@example.com", offline_payment_method: "cash" });
    const filters = {
      "id is": { id: { is: "ann" } },
      "id is_not": { id: { is_not: "ann" } },
      "id starts_with": { id: { starts_with: "b," } },
      "id in": { id: { in: ["ann", "b,o\"b"] } },
      "id not_in": { id: { not_in: ["ann", "b,o\"b"] } },
      "first_name is_present": { first_name: { is_present: true } },
      "first_name is absent": { first_name: { is_present: false } },
      "last_name is": { last_name: { is: "O'Neil" } },
      "email is": { email: { is: "cy@example.com" } },
      "phone starts_with": { phone: { starts_with: "+1415" } },
      "company is_present": { company: { is_present: true } },
      "auto_collection in": { auto_collection: { in: ["off"] } },
      "taxability is": { taxability: { is: "exempt" } },
      "offline_payment_method not_in": { offline_payment_method: { not_in: ["cash", "check"] } },
      "auto_close_invoices is": { auto_close_invoices: { is: true } },
      "created_at between": { created_at: { between: [created_at - 60, created_at + 60] } },
      "created_at after": { created_at: { after: created_at + 60 } },
      "updated_at before": { updated_at: { before: created_at + 60 } },
      "updated_at on": { updated_at: { on: created_at } },
      "relationship parent_id is": { relationship: { parent_id: { is: "ann" } } },
      "two operators": { created_at: { after: created_at - 60, before: created_at + 60 } },
      "two attributes": { first_name: { is: "Ann" }, taxability: { is: "taxable" } },
      "sorted": { sort_by: { desc: "created_at" } },
    };
    const found = {};
    for (const [name, params] of Object.entries(filters)) found[name] = ids(await customer.list(params));
    return found;
  },

  pages: async () => {
    for (const id of ["a", "b", "c", "d", "e"]) await made({ id });
    const pages = [];
    let offset;
    do {
      const page = await customer.list({ limit: 2, offset });
      pages.push(ids(page));
      offset = page.next_offset;
    } while (offset !== undefined);
    return pages;
  },

  deleted: async () => {
    const { list } = await customer.list({ include_deleted: true });
    return list.map((entry) => [entry.customer.id, entry.customer.deleted]);
  },

  contacts: async () => {
    await made({ id: "c" });
    const jane = { id: "jane", email: "jane@example.com", first_name: "Jane", send_billing_email: true };
    const added = (await customer.addContact("c", { contact: jane })).customer.contacts;
    const changed = (await customer.updateContact("c", { contact: { id: "jane", label: "dev" } })).customer.contacts;
    const listed = (await customer.contactsForCustomer("c", { limit: 1 })).list;
    const deleted = (await customer.deleteContact("c", { contact: { id: "jane" } })).customer;
    return { added, changed, listed, deleted };
  },

  eleventhContact: async () => {
    await made({ id: "c" });
    for (let n = 0; n < 10; n += 1) await customer.addContact("c", { contact: { email: `${n}@example.com` } });
    return rejection(() => customer.addContact("c", { contact: { email: "10@example.com" } }));
  },

  duplicate: async () => {
    await made({ id: "c" });
    return rejection(() => customer.create({ id: "c" }));
  },

  missing: () => rejection(() => customer.retrieve("nobody")),

  wrongKey: () => rejection(() => connect("ck_test_wrong").customer.list()),

  wrongValue: () => rejection(() => customer.create({ billing_address: { country: "ZZ" } })),

  idempotency: async () => {
    const first = await customer.create({ first_name: "A" }, { [KEY]: "k1" });
    const second = await customer.create({ first_name: "A" }, { [KEY]: "k1" });
    const third = await rejection(() => customer.create({ first_name: "B" }, { [KEY]: "k1" }));
    return {
      same: first.customer.id === second.customer.id,
      replayed: [first.isIdempotencyReplayed, second.isIdempotencyReplayed],
      third,
    };
  },

  retrying: async () => {
    const retrying = connect(process.env.SDK_KEY, { retryConfig: { enabled: true, maxRetries: 2 } });
    return (await retrying.customer.create({ first_name: "A" })).isIdempotencyReplayed;
  },

  configurations: async () => (await configuration.list()).configurations,
};
