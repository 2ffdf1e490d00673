export default {
  root: true,
  extends: ["html-validate:recommended"],
  rules: {
    "empty-heading": "off", // the script fills it in
    "prefer-native-element": "off", // a region that is no card of its own, as sections are
    "wcag/h32": "off", // the form is used as it is typed into; nothing is submitted
  },
};
