// What customers pay with, their balances and payments.
"use strict";

const { client, rejection } = require("./client.cjs");

const { card, customer, invoice, paymentSource, promotionalCredit, subscription, transaction } = client;

const CARD = { number: "4012888888881881", expiry_month: 10, expiry_year: 2030, cvv: "999" };
const AMEX = { ...CARD, number: "378282246310005" };

module.exports = {
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
};
