package org.ugmm.compiler.write;

import com.fasterxml.jackson.core.JsonEncoding;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.OutputStream;
import org.jspecify.annotations.Nullable;
import org.ugmm.compiler.model.Classes;
import org.ugmm.compiler.model.Layer;
import org.ugmm.compiler.model.ModelVariable;
import org.ugmm.compiler.model.Network;

/** Writes {@code ugmm-network/1}; every number reads back as itself. */
final class NetworkJsonWriter {
  private NetworkJsonWriter() {}

  static void write(Network network, OutputStream stream) throws IOException {
    JsonGenerator json = new JsonFactory().createGenerator(stream, JsonEncoding.UTF8);
    json.disable(JsonGenerator.Feature.AUTO_CLOSE_TARGET);
    json.writeStartObject();
    json.writeStringField("format", "ugmm-network/1");
    json.writeArrayFieldStart("variables");
    for (ModelVariable variable : network.variables()) {
      json.writeRaw("\n  ");
      GraphWriter.variable(json, variable.variable());
    }
    json.writeEndArray();
    json.writeArrayFieldStart("layers");
    for (Layer layer : network.layers()) {
      json.writeRaw("\n  ");
      layer(json, network, layer);
    }
    json.writeEndArray();
    Classes classes = network.classes();
    if (classes != null) {
      json.writeObjectFieldStart("classes");
      json.writeStringField("variable", classes.variable().name());
      json.writeArrayFieldStart("states");
      for (String state : classes.variable().states()) {
        json.writeString(state);
      }
      json.writeEndArray();
      json.writeFieldName("priors");
      json.writeArray(classes.priors(), 0, classes.priors().length);
      json.writeEndObject();
    }
    json.writeEndObject();
    json.writeRaw('\n');
    json.close();
  }

  private static void layer(JsonGenerator json, Network network, Layer layer) throws IOException {
    json.writeStartObject();
    json.writeStringField("name", layer.name());
    json.writeStringField("type", layer.type());
    if (layer instanceof Layer.Categorical categorical) {
      json.writeStringField("variable", network.variables().get(categorical.variable()).name());
      matrix(json, "probabilities", categorical.probabilities());
    } else {
      json.writeArrayFieldStart("from");
      for (String from : layer.from()) {
        json.writeString(from);
      }
      json.writeEndArray();
    }
    if (layer instanceof Layer.Ugmm ugmm) {
      json.writeNumberField("units", ugmm.numUnits());
      indices(json, "inputs", ugmm.inputs());
      matrix(json, "mean", ugmm.mean());
      matrix(json, "logScale", ugmm.logScale());
      if (ugmm.logScale() == null) {
        matrix(json, "scale", ugmm.scale());
      }
      matrix(json, "logits", ugmm.logits());
      matrix(json, "weights", ugmm.weights());
    } else if (layer instanceof Layer.Mixture mixture) {
      matrix(json, "weights", mixture.weights());
    } else if (layer instanceof Layer.Product product) {
      indices(json, "children", product.children());
    }
    json.writeEndObject();
  }

  private static void matrix(JsonGenerator json, String name, double @Nullable [][] rows)
      throws IOException {
    if (rows == null) {
      return;
    }
    json.writeArrayFieldStart(name);
    for (double[] row : rows) {
      json.writeRaw("\n    ");
      json.writeArray(row, 0, row.length);
    }
    json.writeEndArray();
  }

  private static void indices(JsonGenerator json, String name, int @Nullable [][] rows)
      throws IOException {
    if (rows == null) {
      return;
    }
    json.writeArrayFieldStart(name);
    for (int[] row : rows) {
      json.writeArray(row, 0, row.length);
    }
    json.writeEndArray();
  }
}
