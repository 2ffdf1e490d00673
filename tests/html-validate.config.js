export default {
  root: true,
  extends: ["html-validate:recommended"],
  rules: {
    "empty-heading": "off", // the script fills it in
    "wcag/h32": "off", // the form is used as it is typed into; nothing is submitted
  },
};
