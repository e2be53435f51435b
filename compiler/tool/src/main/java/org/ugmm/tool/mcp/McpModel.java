package org.ugmm.tool.mcp;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.ugmm.compiler.Compilation;
import org.ugmm.engine.Inference;
import org.ugmm.engine.data.InferenceOptions;
import org.ugmm.engine.explain.Advisor;
import org.ugmm.tool.answer.AdviceText;
import org.ugmm.tool.answer.Given;
import org.ugmm.tool.inspect.InspectionJson;
import org.ugmm.tool.request.QueryRequest;

/** A model that a client asks about, and what the client has asserted of it. Thread-safe. */
public final class McpModel {
  private static final QueryRequest.Limits LIMITS =
      new QueryRequest.Limits(1, 100_000, 100_000_000);

  private final String name;
  private final Compilation compilation;
  private final InferenceOptions options;
  private final Inference inference;

  /** Evidence as JSON values, by the names of variables, in the order of assertion. */
  private final Map<String, Object> asserted = new LinkedHashMap<>();

  /**
   * A model without evidence.
   *
   * @param options how it answers where a call does not say
   */
  public McpModel(String name, Compilation compilation, InferenceOptions options) {
    this.name = name;
    this.compilation = compilation;
    this.options = options;
    inference = new Inference(compilation.circuit(), options);
  }

  String name() {
    return name;
  }

  Compilation compilation() {
    return compilation;
  }

  Inference inference() {
    return inference;
  }

  /** What is asserted, and on top of it what one call gives. */
  synchronized Map<String, Object> with(Map<String, Object> given) {
    Map<String, Object> all = new LinkedHashMap<>(asserted);
    all.putAll(given);
    return all;
  }

  /**
   * Adds evidence that has been read without an error; a variable's new evidence replaces its old.
   */
  synchronized void assertAll(Map<String, Object> given) {
    asserted.putAll(given);
  }

  /** Takes back the evidence of some variables, or of all where none is named. */
  synchronized void retract(List<String> variables) {
    if (variables.isEmpty()) {
      asserted.clear();
    } else {
      variables.forEach(compilation.circuit()::indexOf);
      variables.forEach(asserted::remove);
    }
  }

  /** Reads a query as the document of {@code request}. */
  QueryRequest read(byte[] document) {
    return QueryRequest.read(document, compilation, false, options, LIMITS);
  }

  private Inference inference(InferenceOptions asked) {
    return asked.equals(options) ? inference : new Inference(compilation.circuit(), asked);
  }

  /** The document that {@code explain --json} prints, about the variable of a posterior. */
  byte[] explanation(QueryRequest request) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    request.explain(compilation, inference(request.options()), out);
    return out.toByteArray();
  }

  /** The document that {@code advise --json} prints, about the variable of a posterior. */
  byte[] advice(QueryRequest request) throws IOException {
    Given given = request.rows().get(0).given();
    Advisor advisor = new Advisor(inference(request.options()));
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    new AdviceText(compilation, given, advisor.advise(request.target(), given.evidence()), Map.of())
        .writeJson(out);
    return out.toByteArray();
  }

  /** The document that {@code query --json} prints. */
  byte[] answer(QueryRequest request) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    request.answer(compilation, inference(request.options()), request.rows().get(0).given(), out);
    return out.toByteArray();
  }

  /** The document that {@code inspect --json} prints. */
  byte[] description() {
    return InspectionJson.document(name, compilation);
  }
}
