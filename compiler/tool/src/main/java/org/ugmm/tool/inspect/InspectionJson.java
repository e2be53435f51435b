package org.ugmm.tool.inspect;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.ugmm.compiler.Compilation;
import org.ugmm.compiler.LayerInfo;
import org.ugmm.compiler.model.ModelVariable;
import org.ugmm.compiler.passes.PassReport;
import org.ugmm.engine.Circuit;
import org.ugmm.engine.data.NodeKind;
import org.ugmm.engine.data.Variable;
import org.ugmm.engine.data.Variable.Categorical;
import org.ugmm.tool.out.JsonOut;

/** An inspection as JSON, the same from the command and from the service. */
public final class InspectionJson {
  private InspectionJson() {}

  /** The document that {@code inspect --json} prints about a model of a name. */
  public static byte[] document(String model, Compilation compilation) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try {
      JsonGenerator json = JsonOut.open(out);
      write(json, model, compilation, Inspection.of(compilation));
      JsonOut.close(json);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return out.toByteArray();
  }

  /**
   * Writes one object.
   *
   * @param model what the model is called: its file or its name
   */
  public static void write(
      JsonGenerator json, String model, Compilation compilation, Inspection inspection)
      throws IOException {
    Circuit circuit = compilation.circuit();
    json.writeStartObject();
    json.writeStringField("model", model);
    json.writeStringField("format", compilation.format());
    writeVariables(json, compilation);
    if (circuit.card() != null) {
      Card.write(circuit.card(), json);
    }
    json.writeArrayFieldStart("layers");
    for (LayerInfo layer : compilation.layers()) {
      json.writeStartObject();
      json.writeStringField("name", layer.name());
      json.writeStringField("type", layer.type());
      json.writeNumberField("units", layer.units());
      json.writeNumberField("inputs", layer.inputs());
      json.writeNumberField("parameters", layer.parameters());
      json.writeEndObject();
    }
    json.writeEndArray();
    json.writeNumberField("nodes", circuit.numNodes());
    json.writeObjectFieldStart("nodesByKind");
    for (Map.Entry<NodeKind, Integer> entry : inspection.nodes().entrySet()) {
      json.writeNumberField(entry.getKey().name(), entry.getValue());
    }
    json.writeEndObject();
    json.writeNumberField("edges", circuit.numEdges());
    json.writeNumberField("parameters", circuit.numParameters());
    json.writeNumberField("bytes", inspection.sizeBytes());
    json.writeNumberField("depth", inspection.depth());
    json.writeFieldName("logZ");
    if (circuit.normaliser().isKnown()) {
      json.writeNumber(circuit.normaliser().logZ());
    } else {
      json.writeNull();
    }
    json.writeObjectFieldStart("structure");
    for (Inspection.Property property : inspection.properties()) {
      writeProperty(json, property);
    }
    json.writeEndObject();
    json.writeArrayFieldStart("queries");
    for (Inspection.QueryFacts query : inspection.queries()) {
      json.writeStartObject();
      json.writeStringField("query", query.query());
      json.writeStringField("certificate", query.certificate());
      json.writeStringField("cost", query.cost());
      json.writeEndObject();
    }
    json.writeEndArray();
    if (inspection.hasBlocks()) {
      json.writeStringField("fullCovariances", Inspection.OF_BLOCKS);
    }
    json.writeFieldName("passMicros");
    if (Double.isNaN(inspection.passMicros())) {
      json.writeNull();
    } else {
      json.writeNumber(inspection.passMicros());
    }
    passes(json, compilation.passes());
    json.writeEndObject();
  }

  private static void writeVariables(JsonGenerator json, Compilation compilation)
      throws IOException {
    json.writeArrayFieldStart("variables");
    for (ModelVariable variable : compilation.variables()) {
      json.writeStartObject();
      json.writeStringField("name", variable.name());
      if (variable.variable() instanceof Categorical categorical) {
        json.writeStringField("kind", "categorical");
        json.writeArrayFieldStart("states");
        for (String state : categorical.states()) {
          json.writeString(state);
        }
        json.writeEndArray();
      } else if (variable.variable() instanceof Variable.Real real) {
        json.writeStringField("kind", real.isCount() ? "count" : "real");
        if (Double.isFinite(real.hi()) || (Double.isFinite(real.lo()) && !real.isCount())) {
          JsonOut.interval(json, "domain", real.lo(), real.hi());
        }
        Variable.Prior prior = real.prior();
        if (prior != null) {
          json.writeObjectFieldStart("prior");
          json.writeNumberField("mean", prior.mean());
          json.writeNumberField("scale", prior.scale());
          json.writeEndObject();
        }
      }
      json.writeEndObject();
    }
    json.writeEndArray();
    writeOptional(json, "classVariable", compilation.classVariable());
  }

  private static void writeProperty(JsonGenerator json, Inspection.Property property)
      throws IOException {
    json.writeObjectFieldStart(property.name());
    json.writeFieldName("holds");
    if (property.isChecked()) {
      json.writeBoolean(property.whyNot() == null);
    } else {
      json.writeNull();
    }
    writeOptional(json, "why", property.whyNot());
    json.writeEndObject();
  }

  private static void writeOptional(JsonGenerator json, String name, @Nullable String value)
      throws IOException {
    json.writeFieldName(name);
    if (value == null) {
      json.writeNull();
    } else {
      json.writeString(value);
    }
  }

  /** The field {@code passes}: what each pass of the compiler did. */
  public static void passes(JsonGenerator json, List<PassReport> passes) throws IOException {
    json.writeArrayFieldStart("passes");
    for (PassReport pass : passes) {
      json.writeStartObject();
      json.writeStringField("pass", pass.pass());
      json.writeNumberField("nodesBefore", pass.nodesBefore());
      json.writeNumberField("edgesBefore", pass.edgesBefore());
      json.writeNumberField("nodesAfter", pass.nodesAfter());
      json.writeNumberField("edgesAfter", pass.edgesAfter());
      json.writeNumberField("elapsedMillis", pass.elapsedMillis());
      json.writeArrayFieldStart("notes");
      for (String note : pass.notes()) {
        json.writeString(note);
      }
      json.writeEndArray();
      json.writeEndObject();
    }
    json.writeEndArray();
  }
}
