// A file of its own, so that a content security policy of 'self' lets it run.

// By default Swagger UI sends every field of a form that was left empty, and an empty field unsets.
const sendOnlyWhatIsFilledIn = () => ({
  wrapComponents: {
    ParameterIncludeEmpty: (Original, system) => (props) =>
      system.React.createElement(Original, {
        ...props,
        isIncludedOptions: { ...props.isIncludedOptions, defaultValue: false },
      }),
  },
});

SwaggerUIBundle({
  url: "../openapi.json",
  dom_id: "#swagger-ui",
  deepLinking: true,
  defaultModelsExpandDepth: 0,
  displayRequestDuration: true,
  plugins: [sendOnlyWhatIsFilledIn],
  // No badge of a validator elsewhere on the Internet: the page works offline.
  validatorUrl: null,
});
