// chargebee for Node as a caller has it, and what scenarios share.
"use strict";

const Chargebee = require("chargebee");

const connect = (apiKey, more = {}) =>
  new Chargebee({ site: "127", hostSuffix: ".0.0.1", protocol: "http", port: process.env.SDK_PORT, apiKey, ...more });

const client = connect(process.env.SDK_KEY);

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

const made = async (params) => (await client.customer.create(params)).customer;

module.exports = { Chargebee, connect, client, rejection, made };
