package org.ugmm.tool.mcp;

import io.modelcontextprotocol.json.McpJsonMapper;
import io.modelcontextprotocol.server.McpServerFeatures.SyncToolSpecification;
import io.modelcontextprotocol.spec.McpSchema.CallToolResult;
import io.modelcontextprotocol.spec.McpSchema.Tool;
import io.modelcontextprotocol.spec.McpSchema.ToolAnnotations;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.ugmm.engine.data.RefusedException;
import org.ugmm.engine.data.UgmmException;
import org.ugmm.tool.out.InputException;
import org.ugmm.tool.out.Refusal;
import org.ugmm.tool.out.UsageException;
import org.ugmm.tool.out.Words;
import org.ugmm.tool.request.QueryRequest;
import org.ugmm.tool.request.RequestException;

/** What a client can call. Each call is answered on its own thread. */
final class McpTools {
  /*
   * One tool a kind of question, because agents choose tools by their names. A call's document is
   * that of an HTTP request (request.QueryRequest) whose evidence is what the client has asserted
   * and what the call gives; its answer is the document of `query --json`.
   */
  private static final String GIVEN =
      "What is known, by variable: a number, the name of a state, [lo, hi] with null for an open"
          + " end, a list of states, or an object of likelihoods by state. It holds for this call,"
          + " on top of what assert_evidence said.";

  private static final Map<String, Object> ASSERTED =
      Map.of(
          "type",
          "object",
          "properties",
          Map.of("model", Map.of("type", "string"), "given", Map.of("type", "object")),
          "required",
          List.of("model", "given"));

  private static final Map<String, Object> CERTIFICATE =
      Map.of(
          "type",
          "object",
          "properties",
          Map.of(
              "kind", Map.of("type", "string", "enum", List.of("EXACT", "ENCLOSED", "ESTIMATED"))),
          "required",
          List.of("kind"));

  private static final Map<String, Object> ANSWER =
      Map.of(
          "type",
          "object",
          "properties",
          Map.of(
              "query",
              Map.of("type", "string"),
              "given",
              Map.of("type", "object"),
              "certificate",
              CERTIFICATE),
          "required",
          List.of("query", "given", "value", "certificate"));

  private final Map<String, McpModel> models;
  private final McpJsonMapper json;

  McpTools(List<McpModel> models, McpJsonMapper json) {
    this.json = json;
    this.models = new LinkedHashMap<>();
    models.forEach(model -> this.models.put(model.name(), model));
  }

  List<SyncToolSpecification> all() {
    return List.of(
        tool(
            "describe_model",
            "The variables of a model with their kinds, states and domains, its size, and which"
                + " queries it answers with which certificate. Call it first.",
            Map.of(),
            List.of(),
            Map.of("type", "object"),
            true,
            (model, arguments) -> model.description()),
        query(
            "marginal",
            "Natural log of the probability or density of the evidence, unknown variables"
                + " integrated out exactly.",
            Map.of(),
            List.of()),
        query(
            "posterior",
            "Distribution of each of some variables given the evidence: probabilities of states, or"
                + " mean, variance and mixture of a real. All unknown variables where none is"
                + " named.",
            Map.of("variables", names("The variables asked about.")),
            List.of()),
        query(
            "joint",
            "Probability of every joint state of some categorical variables given the evidence.",
            Map.of("variables", names("The categorical variables asked about.")),
            List.of("variables")),
        query(
            "probability",
            "Probability that a formula holds given the evidence, exactly: conditions such as x >"
                + " 3, x in [1,2], c = a, c in {a|b}, joined by and, or, not, implies,"
                + " parentheses.",
            Map.of("formula", text("The formula.")),
            List.of("formula")),
        query(
            "mpe",
            "Most probable values of all unknown variables together, with a proven upper bound.",
            Map.of(),
            List.of()),
        query(
            "k-best",
            "The most probable assignments of a deterministic model, the best first.",
            Map.of("count", integer("How many.", 1)),
            List.of("count")),
        query(
            "sample",
            "Rows drawn exactly from the distribution given the evidence.",
            Map.of("count", integer("How many rows.", 1), "seed", integer("Seed.", 0)),
            List.of("count")),
        about(
            "explain",
            "Why a variable's posterior is what it is: what each piece of evidence did to the"
                + " log-odds of a state, or to the mean, as exact Shapley values that add up.",
            Map.of("state", text("The state that is explained; the most probable one by default.")),
            McpModel::explanation),
        about(
            "advise",
            "Which unknown variable to measure next: the expected information of each about a"
                + " target, and how good the decision would be then.",
            Map.of(
                "cost",
                Map.of(
                    "type",
                    "object",
                    "description",
                    "What measuring a variable costs, above 0, by variable; 1 by default.")),
            McpModel::advice),
        tool(
            "assert_evidence",
            "Remembers evidence for the following calls; a variable's new evidence replaces its"
                + " old. Answers with all that is asserted.",
            Map.of("given", given()),
            List.of("given"),
            ASSERTED,
            false,
            (model, arguments) -> {
              Map<String, Object> given = object(arguments, "given");
              // read with what stands, so that nothing is asserted that cannot be asked about
              model.read(document("marginal", Map.of("given", model.with(given))));
              model.assertAll(given);
              return asserted(model);
            }),
        tool(
            "retract_evidence",
            "Takes back the asserted evidence of some variables, of all where none is named."
                + " Answers with what is left.",
            Map.of("variables", names("The variables.")),
            List.of(),
            ASSERTED,
            false,
            (model, arguments) -> {
              model.retract(strings(arguments, "variables"));
              return asserted(model);
            }));
  }

  /** Answers a call with one JSON document. */
  private interface Call {
    byte[] answer(McpModel model, Map<String, Object> arguments) throws IOException;
  }

  /** Answers about the posterior of one variable. */
  private interface About {
    byte[] answer(McpModel model, byte[] document) throws IOException;
  }

  private SyncToolSpecification about(
      String name, String description, Map<String, Object> own, About about) {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("target", text("The variable that one wants to know."));
    fields.putAll(own);
    fields.put("given", given());
    fields.put("where", where());
    fields.put("allow", allow());
    Call call =
        (model, arguments) -> {
          Map<String, Object> asked = new LinkedHashMap<>(arguments);
          asked.remove("model");
          asked.put("given", model.with(object(arguments, "given")));
          return about.answer(model, json.writeValueAsBytes(asked));
        };
    return tool(name, description, fields, List.of("target"), Map.of("type", "object"), true, call);
  }

  private SyncToolSpecification query(
      String kind, String description, Map<String, Object> own, List<String> required) {
    Map<String, Object> fields = new LinkedHashMap<>(own);
    fields.put("given", given());
    fields.put("where", where());
    fields.put("allow", allow());
    Call call =
        (model, arguments) -> {
          Map<String, Object> asked = new LinkedHashMap<>(arguments);
          asked.remove("model");
          asked.put("given", model.with(object(arguments, "given")));
          QueryRequest request = model.read(document(kind, asked));
          return model.answer(request);
        };
    return tool(kind.replace('-', '_'), description, fields, required, ANSWER, true, call);
  }

  private SyncToolSpecification tool(
      String name,
      String description,
      Map<String, Object> fields,
      List<String> required,
      Map<String, Object> output,
      boolean isReadOnly,
      Call call) {
    Map<String, Object> properties = new LinkedHashMap<>();
    properties.put(
        "model",
        Map.of(
            "type",
            "string",
            "enum",
            List.copyOf(models.keySet()),
            "description",
            "The model; needed where there are several."));
    properties.putAll(fields);
    List<String> needed = new ArrayList<>(required);
    if (models.size() > 1) {
      needed.add("model");
    }
    Tool tool =
        Tool.builder()
            .name(name)
            .description(description)
            .inputSchema(
                Map.of(
                    "type",
                    "object",
                    "properties",
                    properties,
                    "required",
                    needed,
                    "additionalProperties",
                    false))
            .outputSchema(output)
            .annotations(
                ToolAnnotations.builder()
                    .readOnlyHint(isReadOnly)
                    .destructiveHint(false)
                    .openWorldHint(false)
                    .build())
            .build();
    return SyncToolSpecification.builder()
        .tool(tool)
        .callHandler((exchange, request) -> result(call, request.arguments()))
        .build();
  }

  private CallToolResult result(Call call, Map<String, Object> arguments) {
    McpModel model = null;
    try {
      Map<String, Object> given = arguments == null ? Map.of() : arguments;
      model = model(given);
      byte[] document = call.answer(model, given);
      return CallToolResult.builder()
          .structuredContent(json.readValue(document, Map.class))
          .addTextContent(new String(document, StandardCharsets.UTF_8).strip())
          .isError(false)
          .build();
    } catch (RefusedException e) {
      return error(model == null ? words(e) : Refusal.words(e, model.compilation().analysis()));
    } catch (UgmmException | InputException | UsageException | RequestException e) {
      return error(words(e));
    } catch (IOException e) {
      return error(e.toString());
    } catch (OutOfMemoryError e) {
      return error("there is not enough memory for this call; ask for less");
    }
  }

  private static String words(RuntimeException e) {
    String where = e instanceof RequestException request ? request.where() : "";
    return where.isEmpty() ? String.valueOf(e.getMessage()) : where + ": " + e.getMessage();
  }

  private static CallToolResult error(String text) {
    return CallToolResult.builder().addTextContent(text).isError(true).build();
  }

  private McpModel model(Map<String, Object> arguments) {
    Object name = arguments.get("model");
    if (name == null && models.size() == 1) {
      return models.values().iterator().next();
    }
    McpModel model = name instanceof String text ? models.get(text) : null;
    if (model == null) {
      throw new UsageException(
          "%s; expected one of %s"
              .formatted(
                  name == null ? "no model is named" : "there is no model '" + name + "'",
                  Words.some(List.copyOf(models.keySet()))));
    }
    return model;
  }

  private byte[] document(String kind, Map<String, Object> fields) {
    Map<String, Object> document = new LinkedHashMap<>(fields);
    document.put("query", kind);
    try {
      return json.writeValueAsBytes(document);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private byte[] asserted(McpModel model) throws IOException {
    return json.writeValueAsBytes(Map.of("model", model.name(), "given", model.with(Map.of())));
  }

  @SuppressWarnings("unchecked") // keys of a JSON object are strings
  private static Map<String, Object> object(Map<String, Object> arguments, String field) {
    Object value = arguments.get(field);
    if (value == null) {
      return Map.of();
    }
    if (!(value instanceof Map<?, ?> map)) {
      throw new UsageException("/%s; expected an object".formatted(field));
    }
    return (Map<String, Object>) map;
  }

  private static List<String> strings(Map<String, Object> arguments, String field) {
    Object value = arguments.get(field);
    List<String> found = new ArrayList<>();
    if (value instanceof String one) {
      found.add(one);
    } else if (value instanceof List<?> many) {
      many.forEach(each -> found.add(String.valueOf(each)));
    } else if (value != null) {
      throw new UsageException("/%s; expected a list of names".formatted(field));
    }
    return found;
  }

  private static Map<String, Object> text(String description) {
    return Map.of("type", "string", "description", description);
  }

  private static Map<String, Object> given() {
    return Map.of("type", "object", "description", GIVEN);
  }

  private static Map<String, Object> where() {
    return text("A formula that holds besides what is given.");
  }

  private static Map<String, Object> allow() {
    return Map.of(
        "type",
        "array",
        "items",
        Map.of("type", "string", "enum", List.of("exact", "enclosed", "estimated")),
        "description",
        "Certificates that the answer may have; exact and enclosed where it is missing, of advice"
            + " also estimated.");
  }

  private static Map<String, Object> names(String description) {
    return Map.of("type", "array", "items", Map.of("type", "string"), "description", description);
  }

  private static Map<String, Object> integer(String description, int least) {
    return Map.of("type", "integer", "minimum", least, "description", description);
  }
}
