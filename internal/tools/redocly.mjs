// What the lint of openapi.yaml needs beyond redocly's own rules.

// In OpenAPI 3.0.3 a nullable reference is {nullable: true, allOf: [{$ref}]}. The validator that
// redocly holds examples against refuses to compile it, because no type stands beside nullable. Here
// it is taken for a schema that accepts anything but an array; the tests of internal/test/contract hold
// the examples against the contract once more, with a validator that knows the form.
const nullableReferences = () => ({
  Schema: {
    enter(schema) {
      if (schema.nullable && schema.allOf && !schema.type) {
        // The reference stays, so that what it names counts as used.
        schema.items = schema.allOf[0];
        delete schema.nullable;
        delete schema.allOf;
      }
    },
  },
});

// OpenAPI 3.0.3 cannot say what the lines of a file are: x-line names the schema of one, and x-notice
// that of what a stream says of itself. Here it
// stands where a reference is followed, so that what it names counts as used.
const lines = () => ({
  Schema: {
    enter(schema) {
      for (const name of ['x-line', 'x-notice']) {
        if (schema[name]) {
          schema.items = schema[name];
          delete schema[name];
          delete schema.type;
        }
      }
    },
  },
});

export default () => ({
  id: 'contract',
  preprocessors: { oas3: { 'nullable-references': nullableReferences, lines } },
});
