// Runs the scenario that is named on the command line with chargebee for Node and prints its result as JSON.
// NODE_PATH leads to the library; SDK_PORT and SDK_KEY to the server.
"use strict";

const GROUPS = ["customers", "webhooks", "payments", "families", "ends"].map((name) => require(`./${name}.cjs`));

const scenario = GROUPS.find((group) => process.argv[2] in group)[process.argv[2]];

scenario().then(
  (result) => console.log(JSON.stringify(result)),
  (error) => {
    console.error(error);
    process.exitCode = 1;
  },
);
