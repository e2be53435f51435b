package org.ugmm.compiler.write;

import java.io.IOException;
import java.io.Writer;
import java.util.Arrays;
import org.ugmm.engine.Circuit;
import org.ugmm.engine.data.NodeKind;
import org.ugmm.engine.data.Variable;
import org.ugmm.engine.data.Variable.Categorical;

/**
 * Writes the text of the PSDD tools: the distribution p = f / Z, every sum and every leaf
 * normalised on its own. Variable number i, from 1 on, is the i-th of the circuit.
 */
final class PsddWriter {
  /*
   * A product of more than two factors is written as a chain of decisions with one element each. The
   * circuit knows no variable tree, so every line names vtree node 0. A leaf states the log of its
   * positive literal; where that is so near 0 that the other could not be had from it to all digits,
   * it states both, the negative one first, as some tools always do.
   */
  private static final double NEAR_ONE = -0.05;

  private static final String NAME = ".psdd";

  private final Circuit c;
  private final Writer out;

  /** [nodes] log of the sum over all states of the variables below. */
  private final double[] logSum;

  private final int[] id;
  private int next;

  private PsddWriter(Circuit c, Writer out) {
    this.c = c;
    this.out = out;
    logSum = new double[c.numNodes()];
    id = new int[c.numNodes()];
    Arrays.fill(id, -1);
  }

  static void write(Circuit c, Writer out) throws IOException {
    for (Variable variable : c.variables()) {
      if (!(variable instanceof Categorical categorical) || categorical.numStates() != 2) {
        throw ModelWriter.cannot(
            NAME, "variable '" + variable.name() + "' is not binary", "variables of two states");
      }
    }
    if (!c.structure().isTractable() || !c.structure().isDeterministic()) {
      throw ModelWriter.cannot(
          NAME,
          "it is not proven smooth, decomposable and deterministic",
          "a circuit of these properties; 'ugmm inspect' names what breaks them");
    }
    PsddWriter writer = new PsddWriter(c, out);
    writer.sums();
    out.write("c vtree nodes are not known and all written as 0\n");
    for (int v = 0; v < c.numVariables(); v++) {
      out.write(
          "c variable %d: %s\n"
              .formatted(v + 1, c.variables().get(v).name().replaceAll("\\s+", " ")));
    }
    for (int n = 0; n <= c.root(); n++) {
      writer.node(n);
    }
  }

  private void sums() {
    for (int n = 0; n <= c.root(); n++) {
      logSum[n] =
          switch (c.kind(n)) {
            case CATEGORICAL -> logAdd(c.parameter(n, 0), c.parameter(n, 1));
            case CONSTANT -> c.parameter(n, 0);
            case PRODUCT -> {
              double sum = 0;
              for (int i = 0; i < c.numChildren(n); i++) {
                sum += logSum[c.child(n, i)];
              }
              yield sum;
            }
            case WEIGHTED_SUM -> {
              double sum = Double.NEGATIVE_INFINITY;
              for (int i = 0; i < c.numChildren(n); i++) {
                sum = logAdd(sum, Math.log(c.parameter(n, i)) + logSum[c.child(n, i)]);
              }
              yield sum;
            }
            default ->
                throw ModelWriter.cannot(
                    NAME, "node %d of the kind %s".formatted(n, c.kind(n)), "binary leaves");
          };
    }
  }

  private static double logAdd(double a, double b) {
    double max = Math.max(a, b);
    return max == Double.NEGATIVE_INFINITY ? max : max + Math.log1p(Math.exp(Math.min(a, b) - max));
  }

  private void node(int n) throws IOException {
    if (logSum[n] == Double.NEGATIVE_INFINITY || c.kind(n) == NodeKind.CONSTANT) {
      return;
    }
    switch (c.kind(n)) {
      case CATEGORICAL ->
          id[n] =
              leaf(c.variable(n) + 1, c.parameter(n, 0) - logSum[n], c.parameter(n, 1) - logSum[n]);
      case PRODUCT -> id[n] = chain(n, 0);
      default -> id[n] = sum(n);
    }
  }

  private int leaf(int variable, double logFalse, double logTrue) throws IOException {
    boolean isFalse = logTrue == Double.NEGATIVE_INFINITY;
    if (isFalse || logFalse == Double.NEGATIVE_INFINITY) {
      out.write("L %d 0 %d\n".formatted(next, isFalse ? -variable : variable));
    } else if (logTrue > NEAR_ONE) {
      out.write("T %d 0 %d %s %s\n".formatted(next, variable, logFalse, Math.min(0, logTrue)));
    } else {
      out.write("T %d 0 %d %s\n".formatted(next, variable, logTrue));
    }
    return next++;
  }

  /** The factors of a product from one on that are no constants, as pairs of pairs. */
  private int chain(int product, int from) throws IOException {
    int[] factors = factors(product);
    int node = factors[factors.length - 1];
    for (int i = factors.length - 2; i >= from; i--) {
      out.write("D %d 0 1 %d %d 0.0\n".formatted(next, factors[i], node));
      node = next++;
    }
    return node;
  }

  private int[] factors(int product) {
    int[] factors = new int[c.numChildren(product)];
    int count = 0;
    for (int i = 0; i < factors.length; i++) {
      if (c.kind(c.child(product, i)) != NodeKind.CONSTANT) {
        factors[count++] = id[c.child(product, i)];
      }
    }
    return Arrays.copyOf(factors, count);
  }

  private int sum(int n) throws IOException {
    if (isOnLeaves(n)) {
      double[] log = {Double.NEGATIVE_INFINITY, Double.NEGATIVE_INFINITY};
      for (int i = 0; i < c.numChildren(n); i++) {
        for (int s = 0; s < 2; s++) {
          log[s] = logAdd(log[s], Math.log(c.parameter(n, i)) + c.parameter(c.child(n, i), s));
        }
      }
      return leaf(c.variable(c.child(n, 0)) + 1, log[0] - logSum[n], log[1] - logSum[n]);
    }
    StringBuilder elements = new StringBuilder();
    int count = 0;
    for (int i = 0; i < c.numChildren(n); i++) {
      int child = c.child(n, i);
      double log = Math.log(c.parameter(n, i)) + logSum[child] - logSum[n];
      if (log == Double.NEGATIVE_INFINITY) {
        continue;
      }
      if (c.kind(child) != NodeKind.PRODUCT || factors(child).length < 2) {
        throw ModelWriter.cannot(
            NAME,
            "a term of sum %d is no product".formatted(n),
            "terms that are a prime and a sub");
      }
      elements.append(" %d %d %s".formatted(factors(child)[0], chain(child, 1), Math.min(0, log)));
      count++;
    }
    out.write("D %d 0 %d%s\n".formatted(next, count, elements));
    return next++;
  }

  private boolean isOnLeaves(int sum) {
    for (int i = 0; i < c.numChildren(sum); i++) {
      if (c.kind(c.child(sum, i)) != NodeKind.CATEGORICAL) {
        return false;
      }
    }
    return true;
  }
}
