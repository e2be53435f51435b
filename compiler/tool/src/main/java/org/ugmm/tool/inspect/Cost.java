package org.ugmm.tool.inspect;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.PrintStream;
import org.ugmm.compiler.Compilation;
import org.ugmm.compiler.LayerInfo;
import org.ugmm.engine.Circuit;
import org.ugmm.engine.data.NodeKind;
import org.ugmm.tool.out.TextTable;
import org.ugmm.tool.out.Words;

/**
 * What one upward pass over one complete row costs in arithmetic, counted from the circuit, beside
 * a perceptron with as many units in each layer.
 *
 * @param parameters numbers that are learned: of a network those of its layers, else of the nodes
 * @param bytes of the circuit in memory
 * @param operations additions, subtractions and multiplications; a multiply-add is two
 * @param exponentials of Gaussian components and other densities below sums, and one a product of
 *     densities, whose logs are added first
 * @param logarithms one a sum of such components, one a density of another kind
 * @param perceptronParameters weights and biases of a perceptron of the same layers; -1 where the
 *     model has no layers
 * @param perceptronOperations its operations a row
 */
public record Cost(
    long parameters,
    long bytes,
    long operations,
    long exponentials,
    long logarithms,
    long perceptronParameters,
    long perceptronOperations) {
  /** A difference, two products and a sum: the square of a scaled difference and its constant. */
  private static final int GAUSSIAN = 4;

  /** Whether a child is a density, in logs; states are looked up as they are. */
  private static boolean hasDensity(Circuit c, int product) {
    for (int i = 0; i < c.numChildren(product); i++) {
      boolean isDensity =
          switch (c.kind(c.child(product, i))) {
            case WEIGHTED_SUM, PRODUCT, CATEGORICAL, BASE, CONSTANT -> false;
            default -> true;
          };
      if (isDensity) {
        return true;
      }
    }
    return false;
  }

  /** Counts. */
  public static Cost of(Compilation compilation, long bytes) {
    Circuit c = compilation.circuit();
    long operations = 0;
    long exponentials = 0;
    long logarithms = 0;
    for (int n = 0; n < c.numNodes(); n++) {
      switch (c.kind(n)) {
        case GAUSSIAN, GAUSSIAN_LINK -> operations += GAUSSIAN;
        case WEIGHTED_SUM -> {
          int components = 0;
          for (int i = 0; i < c.numChildren(n); i++) {
            NodeKind kind = c.kind(c.child(n, i));
            components += kind == NodeKind.WEIGHTED_SUM || kind == NodeKind.PRODUCT ? 0 : 1;
          }
          exponentials += components;
          logarithms += components > 0 ? 1 : 0;
          operations += components + 2L * (c.numChildren(n) - components);
        }
        case PRODUCT -> {
          operations += Math.max(0, c.numChildren(n) - 1);
          exponentials += hasDensity(c, n) ? 1 : 0;
        }
        case CATEGORICAL, BASE, CONSTANT -> operations += 0; // looked up
        default -> {
          operations += GAUSSIAN;
          logarithms++;
        }
      }
    }
    long parameters = 0;
    long perceptronParameters = 0;
    long perceptronOperations = 0;
    for (LayerInfo layer : compilation.layers()) {
      parameters += layer.parameters();
      perceptronParameters += (layer.inputs() + 1L) * layer.units();
      perceptronOperations += 2L * layer.inputs() * layer.units();
    }
    boolean hasLayers = !compilation.layers().isEmpty();
    return new Cost(
        hasLayers ? parameters : c.numParameters(),
        bytes,
        operations,
        exponentials,
        logarithms,
        hasLayers ? perceptronParameters : -1,
        hasLayers ? perceptronOperations : -1);
  }

  /** Prints a table. */
  public void print(PrintStream out) {
    boolean hasPerceptron = perceptronParameters >= 0;
    TextTable table =
        hasPerceptron
            ? new TextTable("cost", ">this model", ">perceptron of its layers")
            : new TextTable("cost", ">this model");
    row(table, "parameters", parameters, perceptronParameters);
    row(table, "operations a row", operations, perceptronOperations);
    row(table, "exponentials a row", exponentials, hasPerceptron ? 0 : -1);
    row(table, "logarithms a row", logarithms, hasPerceptron ? 0 : -1);
    row(table, "bytes in memory", bytes, hasPerceptron ? 4 * perceptronParameters : -1);
    table.print(out);
  }

  private static void row(TextTable table, String name, long own, long perceptron) {
    if (perceptron < 0) {
      table.row(name, Words.count(own));
    } else {
      table.row(name, Words.count(own), Words.count(perceptron));
    }
  }

  /** Writes the numbers as the field {@code cost}. */
  public void write(JsonGenerator json) throws IOException {
    json.writeObjectFieldStart("cost");
    json.writeNumberField("parameters", parameters);
    json.writeNumberField("bytes", bytes);
    json.writeNumberField("operations", operations);
    json.writeNumberField("exponentials", exponentials);
    json.writeNumberField("logarithms", logarithms);
    if (perceptronParameters >= 0) {
      json.writeObjectFieldStart("perceptron");
      json.writeNumberField("parameters", perceptronParameters);
      json.writeNumberField("operations", perceptronOperations);
      json.writeEndObject();
    }
    json.writeEndObject();
  }
}
