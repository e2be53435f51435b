package org.ugmm.tool.mcp;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.ugmm.compiler.Compilation;
import org.ugmm.engine.data.InferenceOptions;
import org.ugmm.tool.inspect.InspectionJson;
import org.ugmm.tool.request.AboutRequest;
import org.ugmm.tool.request.Inferences;
import org.ugmm.tool.request.Limits;
import org.ugmm.tool.request.QueryRequest;

/** A model that a client asks about, and what the client has asserted of it. Thread-safe. */
public final class McpModel {
  private static final Limits LIMITS = new Limits(1, 100_000, 100_000_000);

  private final String name;
  private final Compilation compilation;
  private final Inferences inferences;

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
    inferences = new Inferences(compilation.circuit(), options);
  }

  String name() {
    return name;
  }

  Compilation compilation() {
    return compilation;
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
    return QueryRequest.read(document, compilation, false, inferences.standard().options(), LIMITS);
  }

  /** The document that {@code explain --json} prints. */
  byte[] explanation(byte[] document) throws IOException {
    AboutRequest request =
        AboutRequest.readExplain(document, compilation, inferences.standard().options(), LIMITS);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    request.explain(compilation, inferences.with(request.options()), out);
    return out.toByteArray();
  }

  /** The document that {@code advise --json} prints. */
  byte[] advice(byte[] document) throws IOException {
    AboutRequest request =
        AboutRequest.readAdvise(document, compilation, inferences.standard().options(), LIMITS);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    request.advise(compilation, inferences.with(request.options()), out);
    return out.toByteArray();
  }

  /** The document that {@code query --json} prints. */
  byte[] answer(QueryRequest request) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    request.answer(
        compilation, inferences.with(request.options()), request.rows().get(0).given(), out);
    return out.toByteArray();
  }

  /** The document that {@code inspect --json} prints. */
  byte[] description() {
    return InspectionJson.document(name, compilation);
  }
}
