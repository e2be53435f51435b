package org.ugmm.compiler.write;

import com.fasterxml.jackson.core.JsonEncoding;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Arrays;
import java.util.Locale;
import org.ugmm.engine.Circuit;
import org.ugmm.engine.CircuitBuilder;
import org.ugmm.engine.data.NodeKind;
import org.ugmm.engine.data.Variable;
import org.ugmm.engine.data.Variable.Categorical;
import org.ugmm.engine.data.Variable.Prior;
import org.ugmm.engine.data.Variable.Real;

/**
 * Writes {@code ugmm-graph/1}. Every double reads back as itself, but logs go through exp and log.
 */
final class GraphWriter {
  /*
   * The format has no constants and no base measures. A constant is the weight of a sum with one
   * child; where it is beyond the range of a weight, of several such sums. A factor that is the base
   * measure of a bounded variable is left out: the pass that makes sums smooth puts it back.
   */
  private static final double MAX_LOG = 600;

  private final Circuit c;
  private final JsonGenerator json;
  private final int[] written;
  private int numWritten;

  private GraphWriter(Circuit c, JsonGenerator json) {
    this.c = c;
    this.json = json;
    written = new int[c.numNodes()];
  }

  static void write(Circuit c, OutputStream stream) throws IOException {
    JsonGenerator json = new JsonFactory().createGenerator(stream, JsonEncoding.UTF8);
    json.disable(JsonGenerator.Feature.AUTO_CLOSE_TARGET);
    json.writeStartObject();
    json.writeStringField("format", "ugmm-graph/1");
    json.writeArrayFieldStart("variables");
    for (Variable variable : c.variables()) {
      json.writeRaw("\n  ");
      variable(json, variable);
    }
    json.writeEndArray();
    json.writeArrayFieldStart("nodes");
    GraphWriter writer = new GraphWriter(c, json);
    for (int n = 0; n <= c.root(); n++) {
      writer.node(n);
    }
    json.writeEndArray();
    json.writeNumberField("root", writer.reference(c.root()));
    json.writeEndObject();
    json.writeRaw('\n');
    json.close();
  }

  /** Writes a variable as both JSON formats have it. */
  static void variable(JsonGenerator json, Variable variable) throws IOException {
    json.writeStartObject();
    json.writeStringField("name", variable.name());
    if (variable instanceof Categorical categorical) {
      json.writeStringField("kind", "categorical");
      json.writeArrayFieldStart("states");
      for (String state : categorical.states()) {
        json.writeString(state);
      }
      json.writeEndArray();
      if (!categorical.codes().isEmpty()) {
        json.writeArrayFieldStart("codes");
        for (double code : categorical.codes()) {
          json.writeNumber(code);
        }
        json.writeEndArray();
      }
    } else if (variable instanceof Real real) {
      json.writeStringField("kind", real.isCount() ? "count" : "real");
      if (real.isBounded()) {
        json.writeArrayFieldStart("domain");
        json.writeNumber(real.lo());
        json.writeNumber(real.hi());
        json.writeEndArray();
      }
      Prior prior = real.prior();
      if (prior != null) {
        json.writeObjectFieldStart("prior");
        json.writeNumberField("mean", prior.mean());
        json.writeNumberField("scale", prior.scale());
        json.writeEndObject();
      }
    } else {
      throw ModelWriter.cannot(
          "ugmm-graph/1", "variable '" + variable.name() + "'", "real and categorical ones");
    }
    json.writeEndObject();
  }

  private void start(String kind) throws IOException {
    json.writeRaw("\n  ");
    json.writeStartObject();
    json.writeObjectFieldStart(kind);
  }

  private int end() throws IOException {
    json.writeEndObject();
    json.writeEndObject();
    return numWritten++;
  }

  /** The number of a node that has been written. */
  private int reference(int node) {
    if (written[node] < 0) {
      throw ModelWriter.cannot(
          "ugmm-graph/1",
          "node " + node + " is a constant or a base measure that stands alone",
          "it as a factor of a product");
    }
    return written[node];
  }

  private void node(int n) throws IOException {
    written[n] =
        switch (c.kind(n)) {
          case GAUSSIAN -> {
            start("gaussian");
            json.writeStringField("variable", c.variables().get(c.variable(n)).name());
            json.writeNumberField("mean", c.parameter(n, 0));
            json.writeNumberField("scale", c.parameter(n, 1));
            yield end();
          }
          case CATEGORICAL -> {
            start("categorical");
            json.writeStringField("variable", c.variables().get(c.variable(n)).name());
            json.writeArrayFieldStart("probabilities");
            for (int s = 0; s < c.numParameters(n); s++) {
              json.writeNumber(Math.exp(c.parameter(n, s)));
            }
            json.writeEndArray();
            yield end();
          }
          case BASE, CONSTANT -> -1;
          case WEIGHTED_SUM -> {
            int[] children = new int[c.numChildren(n)];
            double[] weights = new double[children.length];
            for (int i = 0; i < children.length; i++) {
              children[i] = reference(c.child(n, i));
              weights[i] = c.parameter(n, i);
            }
            yield sum(children, weights);
          }
          case PRODUCT -> product(n);
          case GAUSSIAN_LINK -> {
            start("link");
            json.writeNumberField("child", reference(c.child(n, 0)));
            json.writeNumberField("mean", c.parameter(n, 0));
            json.writeNumberField("scale", c.parameter(n, 1));
            yield end();
          }
          case POISSON, EXPONENTIAL -> family(n, "rate");
          case UNIFORM -> family(n, "lo", "hi");
          case GAMMA -> family(n, "shape", "rate");
          case LOG_NORMAL -> family(n, "mean", "scale");
          case HISTOGRAM -> histogram(n);
          case GAUSSIAN_BLOCK -> block(n);
        };
  }

  /** A leaf of a family by the names of its fields. */
  private int family(int n, String... fields) throws IOException {
    String name = c.kind(n).name().toLowerCase(Locale.ROOT);
    start(c.kind(n) == NodeKind.LOG_NORMAL ? "logNormal" : name);
    json.writeStringField("variable", c.variables().get(c.variable(n)).name());
    for (int i = 0; i < fields.length; i++) {
      json.writeNumberField(fields[i], c.parameter(n, i));
    }
    return end();
  }

  private int histogram(int n) throws IOException {
    start("histogram");
    json.writeStringField("variable", c.variables().get(c.variable(n)).name());
    int numBreaks = (c.numParameters(n) + 1) / 2;
    json.writeArrayFieldStart("breaks");
    for (int i = 0; i < c.numParameters(n); i++) {
      if (i == numBreaks) {
        json.writeEndArray();
        json.writeArrayFieldStart("masses");
      }
      json.writeNumber(c.parameter(n, i));
    }
    json.writeEndArray();
    return end();
  }

  private int block(int n) throws IOException {
    double[] parameters = new double[c.numParameters(n)];
    Arrays.setAll(parameters, i -> c.parameter(n, i));
    int[] variables = CircuitBuilder.blockVariables(parameters);
    int size = variables.length;
    start("gaussianBlock");
    json.writeArrayFieldStart("variables");
    for (int v : variables) {
      json.writeString(c.variables().get(v).name());
    }
    json.writeEndArray();
    json.writeArrayFieldStart("mean");
    for (int i = 0; i < size; i++) {
      json.writeNumber(parameters[size + i]);
    }
    json.writeEndArray();
    json.writeArrayFieldStart("covariance");
    for (int i = 0; i < size; i++) {
      json.writeStartArray();
      for (int j = 0; j < size; j++) {
        int row = Math.max(i, j);
        json.writeNumber(parameters[2 * size + row * (row + 1) / 2 + Math.min(i, j)]);
      }
      json.writeEndArray();
    }
    json.writeEndArray();
    return end();
  }

  private int sum(int[] children, double[] weights) throws IOException {
    start("sum");
    children(children, children.length);
    json.writeArrayFieldStart("weights");
    for (double weight : weights) {
      json.writeNumber(weight);
    }
    json.writeEndArray();
    return end();
  }

  private void children(int[] children, int count) throws IOException {
    json.writeArrayFieldStart("children");
    for (int i = 0; i < count; i++) {
      json.writeNumber(children[i]);
    }
    json.writeEndArray();
  }

  private int product(int n) throws IOException {
    int[] factors = new int[c.numChildren(n)];
    int count = 0;
    double log = 0;
    for (int i = 0; i < factors.length; i++) {
      int child = c.child(n, i);
      if (c.kind(child) == NodeKind.CONSTANT) {
        log += c.parameter(child, 0);
      } else if (c.kind(child) != NodeKind.BASE) {
        factors[count++] = reference(child);
      }
    }
    if (count == 0) {
      return -1;
    }
    int product = factors[0];
    if (count > 1) {
      start("product");
      children(factors, count);
      product = end();
    }
    while (log != 0) {
      double part = Math.max(-MAX_LOG, Math.min(MAX_LOG, log));
      product = sum(new int[] {product}, new double[] {Math.exp(part)});
      log = Double.isInfinite(log) ? 0 : log - part;
    }
    return product;
  }
}
