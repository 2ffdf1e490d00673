import js from "@eslint/js";
import globals from "globals";

// For the script of a whole page: its parts share one scope, and none may hide a name of the browser.
// Only `job` is both: the one that is shown, and a parameter of what works with any.
export default [
  js.configs.recommended,
  {
    languageOptions: { ecmaVersion: 2024, sourceType: "script", globals: globals.browser },
    rules: {
      eqeqeq: "error",
      "max-len": ["error", { code: 110 }],
      "no-redeclare": ["error", { builtinGlobals: true }],
      "no-shadow": ["error", { builtinGlobals: true, hoist: "all", allow: ["job"] }],
      "no-var": "error",
      "prefer-const": "error",
    },
  },
];
