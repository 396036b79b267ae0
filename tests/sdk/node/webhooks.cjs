// Endpoints, events, and a receiver of them.
"use strict";

const http = require("node:http");

const { Chargebee, client, made } = require("./client.cjs");

const { customer, event, webhookEndpoint, webhooks } = client;

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

module.exports = {
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
};
