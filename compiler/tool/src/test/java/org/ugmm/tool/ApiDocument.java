package org.ugmm.tool;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;

/** Checks answers against an OpenAPI document: the words of JSON Schema that it uses. */
final class ApiDocument {
  private final JsonNode document;

  ApiDocument(JsonNode document) {
    this.document = document;
  }

  /** What of an answer the document does not say; empty where it is as documented. */
  List<String> faults(String path, String method, HttpResponse<String> response) throws Exception {
    JsonNode operation = document.at("/paths").path(path).path(method.toLowerCase());
    JsonNode said = operation.path("responses").path("" + response.statusCode());
    if (said.isMissingNode()) {
      said = operation.path("responses").path("default");
    }
    said = resolved(said);
    String type = response.headers().firstValue("Content-Type").orElse("none");
    JsonNode content = said.path("content").path(type.split(";")[0]);
    List<String> faults = new ArrayList<>();
    if (content.isMissingNode()) {
      return List.of(
          "%s %s: %d with %s is not documented"
              .formatted(method, path, response.statusCode(), type));
    }
    if (type.startsWith("text/")) {
      return faults;
    }
    for (String line :
        type.contains("ndjson") ? response.body().split("\n") : new String[] {response.body()}) {
      JsonNode value = Served.JSON.readTree(line);
      check(value, content.get("schema"), path, faults);
    }
    return faults;
  }

  private JsonNode resolved(JsonNode node) {
    return node.has("$ref") ? document.at(node.get("$ref").asText().substring(1)) : node;
  }

  private void check(JsonNode value, JsonNode unresolved, String at, List<String> faults) {
    JsonNode schema = resolved(unresolved);
    Iterator<Map.Entry<String, JsonNode>> words = schema.fields();
    while (words.hasNext()) {
      Map.Entry<String, JsonNode> word = words.next();
      JsonNode of = word.getValue();
      switch (word.getKey()) {
        case "description", "additionalProperties" -> {}
        case "type" -> require(isOfType(value, of), at, value, schema, faults);
        case "enum" -> require(contains(of, value), at, value, schema, faults);
        case "const" -> require(of.equals(value), at, value, schema, faults);
        case "minimum" ->
            require(
                !value.isNumber() || value.asDouble() >= of.asDouble(), at, value, schema, faults);
        case "maximum" ->
            require(
                !value.isNumber() || value.asDouble() <= of.asDouble(), at, value, schema, faults);
        case "minItems" ->
            require(!value.isArray() || value.size() >= of.asInt(), at, value, schema, faults);
        case "maxItems" ->
            require(!value.isArray() || value.size() <= of.asInt(), at, value, schema, faults);
        case "required" ->
            of.forEach(
                name ->
                    require(
                        !value.isObject() || value.has(name.asText()),
                        at + "/" + name.asText(),
                        value,
                        schema,
                        faults));
        case "properties" -> properties(value, schema, at, faults);
        case "items" -> value.forEach(item -> check(item, of, at + "/*", faults));
        case "anyOf" -> require(anyOf(value, of), at, value, schema, faults);
        default -> throw new AssertionError("a word that this does not know: " + word.getKey());
      }
    }
    if (!schema.has("properties") && schema.path("additionalProperties").isObject()) {
      value
          .fields()
          .forEachRemaining(
              e ->
                  check(
                      e.getValue(),
                      schema.get("additionalProperties"),
                      at + "/" + e.getKey(),
                      faults));
    }
  }

  private void properties(JsonNode value, JsonNode schema, String at, List<String> faults) {
    boolean isClosed = schema.has("additionalProperties");
    value
        .fields()
        .forEachRemaining(
            field -> {
              JsonNode of = schema.get("properties").get(field.getKey());
              if (of != null) {
                check(field.getValue(), of, at + "/" + field.getKey(), faults);
              } else if (isClosed) {
                faults.add(at + "/" + field.getKey() + " is not documented");
              }
            });
  }

  private boolean anyOf(JsonNode value, JsonNode choices) {
    for (JsonNode choice : choices) {
      List<String> faults = new ArrayList<>();
      check(value, choice, "", faults);
      if (faults.isEmpty()) {
        return true;
      }
    }
    return false;
  }

  private static boolean contains(JsonNode values, JsonNode value) {
    for (JsonNode one : values) {
      if (one.equals(value)) {
        return true;
      }
    }
    return false;
  }

  private static boolean isOfType(JsonNode value, JsonNode type) {
    if (type.isArray()) {
      for (JsonNode one : type) {
        if (isOfType(value, one)) {
          return true;
        }
      }
      return false;
    }
    return switch (type.asText()) {
      case "object" -> value.isObject();
      case "array" -> value.isArray();
      case "string" -> value.isTextual();
      case "number" -> value.isNumber();
      case "integer" -> value.isIntegralNumber();
      case "boolean" -> value.isBoolean();
      default -> value.isNull();
    };
  }

  private static void require(
      boolean holds, String at, JsonNode value, JsonNode schema, List<String> faults) {
    if (!holds) {
      String text = value.toString();
      faults.add(
          "%s: %s is not %s"
              .formatted(at, text.substring(0, Math.min(200, text.length())), schema));
    }
  }
}
