// Account hierarchies.
"use strict";

const { client, made, rejection } = require("./client.cjs");

const { customer } = client;

const WHOLE = { hierarchy_operation_type: "complete_hierarchy" };

// hq over north over shop, whom hq pays for.
const group = async () => {
  for (const id of ["hq", "north", "shop"]) await made({ id });
  await customer.relationships("north", { parent_id: "hq" });
  return (await customer.relationships("shop", { parent_id: "north", payment_owner_id: "hq" })).customer;
};

module.exports = {
  link: group,

  linkInARing: async () => {
    await group();
    return rejection(() => customer.relationships("hq", { parent_id: "shop" }));
  },

  hierarchy: async () => {
    await group();
    const found = {};
    for (const part of ["complete_hierarchy", "subordinates", "path_to_root", "immediate_children"]) {
      const { hierarchies } = await customer.hierarchy("north", { hierarchy_operation_type: part });
      found[part] = hierarchies.map((node) => node.customer_id);
    }
    return found;
  },

  hierarchyDetail: async () => {
    await group();
    const first = await customer.listHierarchyDetail("hq", { ...WHOLE, limit: 2 });
    const second = await customer.listHierarchyDetail("hq", { ...WHOLE, limit: 2, offset: first.next_offset });
    return { nodes: [...first.list, ...second.list].map((entry) => entry.hierarchy), left: second.next_offset ?? null };
  },

  hierarchySettings: async () => {
    await group();
    const said = { use_default_hierarchy_settings: false, child_account_access: { send_payment_emails: false } };
    const own = (await customer.updateHierarchySettings("shop", said)).customer;
    const back = (await customer.updateHierarchySettings("shop", { use_default_hierarchy_settings: true })).customer;
    return { own, back };
  },

  deleteRelationship: async () => {
    await group();
    const parted = (await customer.deleteRelationship("north")).customer;
    return { parted, hierarchies: (await customer.hierarchy("shop", WHOLE)).hierarchies };
  },

  childrenOf: async () => {
    await group();
    const { list } = await customer.list({ relationship: { parent_id: { is: "hq" } } });
    return list.map((entry) => entry.customer.id);
  },
};
