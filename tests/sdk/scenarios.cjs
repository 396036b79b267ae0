// Runs the scenario that is named on the command line with chargebee for Node and prints its result as JSON.
// NODE_PATH leads to the library; SDK_PORT and SDK_KEY to the server.
"use strict";

const http = require("node:http");

const Chargebee = require("chargebee");

const connect = (apiKey, more = {}) =>
  new Chargebee({ site: "127", hostSuffix: ".0.0.1", protocol: "http", port: process.env.SDK_PORT, apiKey, ...more });

const client = connect(process.env.SDK_KEY);
const { card, customer, configuration, event, invoice, paymentSource, promotionalCredit, subscription, transaction } = client;
const { webhookEndpoint, webhooks } = client;
const KEY = "chargebee-idempotency-key";

// What a rejected call gives the caller's catch block.
const rejection = async (call) => {
  try {
    await call();
  } catch (error) {
    const { headers, ...fields } = error;
    return { ...fields, isError: error instanceof Error, contentType: headers?.["content-type"] };
  }
  return null;
};

const ids = ({ list }) => list.map((entry) => entry.customer.id);

const made = async (params) => (await customer.create(params)).customer;

const CARD = { number: "4012888888881881", expiry_month: 10, expiry_year: 2030, cvv: "999" };
const AMEX = { ...CARD, number: "378282246310005" };

const ENDPOINT = {
  name: "Books",
  url: "https://hooks.example.com/",
  enabled_events: ["customer_created", "customer_changed"],
};

// Serves one request: hands its body and headers to the library's own handler, and tells what that made of it.
const receiver = (handler) => {
  let tell;
  const told = new Promise((resolve) => (tell = resolve));
  const server = http.createServer(async (request, response) => {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    let result = {};
    handler.once("customer_created", ({ event }) => (result = { event }));
    handler.once("error", (error) => (result = { error: error.name }));
    await handler.handle({ body: Buffer.concat(chunks).toString(), headers: request.headers }).catch(() => {});
    response.writeHead(result.event ? 200 : 401, { connection: "close" }).end(() => {
      server.close();
      tell({ ...result, headers: request.headers });
    });
  });
  return new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () => resolve({ port: server.address().port, told }));
  });
};

const delivered = async (expected) => {
  const handler = webhooks.createHandler({
    requestValidator: Chargebee.basicAuthValidator((user, password) => `${user}:${password}` === expected),
  });
  const { port, told } = await receiver(handler);
  const auth = { basic_auth_username: "books", basic_auth_password: "p4ssword" };
  await webhookEndpoint.create({ ...ENDPOINT, ...auth, url: `http://127.0.0.1:${port}/` });
  await made({ id: "a", first_name: "Zoë" });
  return told;
};

const scenarios = {
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

  endpoints: async () => {
    const created = (await webhookEndpoint.create(ENDPOINT)).webhook_endpoint;
    const changes = { disabled: true, enabled_events: ["customer_deleted"] };
    const updated = (await webhookEndpoint.update(created.id, changes)).webhook_endpoint;
    const retrieved = (await webhookEndpoint.retrieve(created.id)).webhook_endpoint;
    const listed = (await webhookEndpoint.list({ limit: 1 })).list;
    const deleted = (await webhookEndpoint.delete(created.id)).webhook_endpoint;
    return { created, updated, retrieved, listed, deleted, left: (await webhookEndpoint.list()).list };
  },

  events: async () => {
    await made({ id: "a" });
    await customer.update("a", { company: "Acme" });
    const all = (await event.list({ sort_by: { asc: "occurred_at" } })).list;
    const changed = (await event.list({ event_type: { in: ["customer_changed"] }, source: { is: "api" } })).list;
    return { all, changed, retrieved: (await event.retrieve(changed[0].event.id)).event };
  },

  delivered: () => delivered("books:p4ssword"),

  deliveredToTheWrongPassword: () => delivered("books:other"),

  createWithCard: () => customer.create({ first_name: "Ann", card: CARD }),

  declinedCard: () => rejection(() => customer.create({ card: { ...CARD, number: "4000000000000002" } })),

  updatePaymentMethod: async () => {
    await customer.create({ id: "c", card: CARD });
    return customer.updatePaymentMethod("c", { payment_method: { type: "card", reference_id: "cus_1/card_1" } });
  },

  assignPaymentRole: async () => {
    await customer.create({ id: "c", card: CARD });
    const { payment_source } = await paymentSource.createCard({ customer_id: "c", card: AMEX });
    return customer.assignPaymentRole("c", { payment_source_id: payment_source.id, role: "primary" });
  },

  paymentSources: async () => {
    await customer.create({ id: "c", card: CARD });
    const created = (await paymentSource.createCard({ customer_id: "c", card: AMEX })).payment_source;
    const retrieved = (await paymentSource.retrieve(created.id)).payment_source;
    const query = { customer_id: { is: "c" }, type: { in: ["card"] }, sort_by: { desc: "created_at" }, limit: 1 };
    const listed = (await paymentSource.list(query)).list;
    const deleted = await paymentSource.delete(created.id);
    return { created, retrieved, listed, deleted, left: (await paymentSource.list()).list.length };
  },

  cardOfCustomer: async () => {
    await customer.create({ id: "c", card: CARD });
    return (await card.retrieve("c")).card;
  },

  credits: async () => {
    await customer.create({ id: "c" });
    const said = { customer_id: "c", amount: 500, description: "For the delay" };
    const { promotional_credit: added } = await promotionalCredit.add(said);
    const { promotional_credit: deducted } = await promotionalCredit.deduct({ ...said, amount: 200 });
    const set = await promotionalCredit.set({ ...said, amount: 1000 });
    const older = await customer.addPromotionalCredits("c", { amount: 1, description: "x", currency_code: "EUR" });
    const { list } = await promotionalCredit.list({ customer_id: { is: "c" }, type: { is: "decrement" } });
    const { promotional_credit: retrieved } = await promotionalCredit.retrieve(added.id);
    return { added, deducted, set: set.customer, older: older.customer, list, retrieved };
  },

  excessPayment: async () => {
    await customer.create({ id: "c" });
    const payment = { id: "t1", amount: 500, date: 1600968152, payment_method: "check" };
    const recorded = await customer.recordExcessPayment("c", { comment: "x", transaction: payment });
    const { transaction: retrieved } = await transaction.retrieve("t1");
    const found = await transaction.list({ amount: { between: [1, 500] }, sort_by: { desc: "date" } });
    const ofCustomer = await transaction.transactionsForCustomer("c", { limit: 1 });
    const refused = await rejection(() => customer.recordExcessPayment("c", { transaction: { ...payment, amount: 0 } }));
    return { recorded, retrieved, listed: found.list, ofCustomer: ofCustomer.list, refused };
  },

  // The test has made the customer c and its invoices inv1 (1000) and inv2 (500).
  collectPayment: async () => {
    const invoices = [{ invoice_id: "inv1" }, { invoice_id: "inv2", allocation_amount: 200 }];
    const collected = await customer.collectPayment("c", { amount: 1300, invoice_allocations: invoices });
    const { transaction: retrieved } = await transaction.retrieve(collected.transaction.id);
    const { list } = await invoice.list({ customer_id: { is: "c" }, sort_by: { asc: "date" } });
    const first = (await invoice.retrieve("inv1")).invoice;
    const again = { invoice_allocations: [{ invoice_id: "inv1" }] };
    const refused = await rejection(() => customer.collectPayment("c", again));
    const subscriptions = (await subscription.list({ status: { is: "active" } })).list;
    return { collected, retrieved, list, first, refused, subscriptions };
  },

  configurations: async () => (await configuration.list()).configurations,
};

scenarios[process.argv[2]]().then(
  (result) => console.log(JSON.stringify(result)),
  (error) => {
    console.error(error);
    process.exitCode = 1;
  },
);
