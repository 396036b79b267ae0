// Customers that are deleted, merged and cleared: a job does it, after one scenario and before the next.
"use strict";

const { client, made, rejection } = require("./client.cjs");

const { customer, event } = client;

// What each of two ids answers with.
const both = async (...ids) => {
  const found = {};
  for (const id of ids) {
    const refused = await rejection(async () => (found[id] = (await customer.retrieve(id)).customer));
    if (refused) found[id] = refused;
  }
  return found;
};

module.exports = {
  delete: async () => {
    await made({ id: "acme", first_name: "Ann" });
    return (await customer.delete("acme", { delete_payment_method: false })).customer;
  },

  afterDeletion: async () => ({
    ...(await both("acme")),
    refused: await rejection(() => customer.update("acme", { first_name: "Bea" })),
    list: (await customer.list({ include_deleted: true })).list.map((entry) => entry.customer),
    again: await made({ id: "acme", first_name: "Cy" }),
  }),

  merge: async () => {
    await made({ id: "old", first_name: "Ann" });
    await made({ id: "kept", first_name: "Bea" });
    await customer.addContact("old", { contact: { id: "jane", email: "jane@example.com" } });
    return (await customer.merge({ from_customer_id: "old", to_customer_id: "kept" })).customer;
  },

  mergeIntoItself: async () => {
    await made({ id: "kept" });
    return rejection(() => customer.merge({ from_customer_id: "kept", to_customer_id: "kept" }));
  },

  mergeWithNobody: async () => {
    await made({ id: "kept" });
    return rejection(() => customer.merge({ from_customer_id: "nobody", to_customer_id: "kept" }));
  },

  afterMerge: () => both("old", "kept"),

  clear: async () => {
    await made({ id: "acme", first_name: "Ann", email: "ann@example.com" });
    return (await customer.clearPersonalData("acme")).customer;
  },

  clearWithoutTheScope: async () => {
    await made({ id: "acme" });
    return rejection(() => customer.clearPersonalData("acme"));
  },

  afterClearing: async () => ({
    ...(await both("acme")),
    refused: await rejection(() => customer.update("acme", { first_name: "Ann" })),
    contents: (await event.list({ limit: 10 })).list.map((entry) => entry.event.content),
  }),
};
