package org.ugmm.bench;

import java.util.Arrays;
import org.ugmm.engine.Circuit;
import org.ugmm.engine.data.Variable;

/**
 * The evaluator that a textbook suggests: an object a node with a virtual {@code logValue}, each
 * keeping its value for the parents that share it, everything in natural logs, one row at a time.
 * It is what a JVM user writes first; the benchmarks time it as a peer and check answers against
 * it. Not thread-safe.
 */
final class Textbook {
  private static final double LOG_SQRT_2PI = 0.5 * Math.log(2 * Math.PI);

  private final Node[] nodes;
  private final Node root;

  private Textbook(Node[] nodes, Node root) {
    this.nodes = nodes;
    this.root = root;
  }

  /** The object graph of a circuit. */
  static Textbook of(Circuit circuit) {
    Node[] nodes = new Node[circuit.numNodes()];
    for (int n = 0; n < nodes.length; n++) {
      Node[] children = new Node[circuit.numChildren(n)];
      for (int i = 0; i < children.length; i++) {
        children[i] = nodes[circuit.child(n, i)];
      }
      double[] parameters = new double[circuit.numParameters(n)];
      for (int i = 0; i < parameters.length; i++) {
        parameters[i] = circuit.parameter(n, i);
      }
      nodes[n] = node(circuit, n, children, parameters);
    }
    return new Textbook(nodes, nodes[circuit.root()]);
  }

  private static Node node(Circuit circuit, int n, Node[] children, double[] parameters) {
    return switch (circuit.kind(n)) {
      case GAUSSIAN -> new Gaussian(circuit.variable(n), parameters[0], parameters[1]);
      case CATEGORICAL -> new Categorical(circuit.variable(n), parameters);
      case CONSTANT -> new Constant(parameters[0]);
      case PRODUCT -> new Product(children);
      case WEIGHTED_SUM -> new Sum(children, parameters);
      case GAUSSIAN_LINK -> new Link(children[0], parameters[0], parameters[1]);
      case BASE -> {
        Variable variable = circuit.variables().get(circuit.variable(n));
        throw new IllegalArgumentException(
            "node %d is the base measure of '%s'; no workload has one"
                .formatted(n, variable.name()));
      }
      default ->
          throw new IllegalArgumentException(
              "node %d of the kind %s; no workload has one".formatted(n, circuit.kind(n)));
    };
  }

  /**
   * The natural log of the root's value, integrated over what is missing.
   *
   * @param row [numVariables] NaN for unobserved
   */
  double logValue(double[] row) {
    for (Node node : nodes) {
      node.value = node.logValue(row);
    }
    return root.value;
  }

  private abstract static class Node {
    double value;

    abstract double logValue(double[] row);
  }

  private static final class Gaussian extends Node {
    private final int variable;
    private final double mean;
    private final double scale;

    Gaussian(int variable, double mean, double scale) {
      this.variable = variable;
      this.mean = mean;
      this.scale = scale;
    }

    @Override
    double logValue(double[] row) {
      double x = row[variable];
      double z = (x - mean) / scale;
      return Double.isNaN(x) ? 0 : -0.5 * z * z - Math.log(scale) - LOG_SQRT_2PI;
    }
  }

  private static final class Categorical extends Node {
    private final int variable;
    private final double[] logProbability;
    private final double logTotal;

    Categorical(int variable, double[] logProbability) {
      this.variable = variable;
      this.logProbability = logProbability;
      logTotal = Math.log(Arrays.stream(logProbability).map(Math::exp).sum());
    }

    @Override
    double logValue(double[] row) {
      double x = row[variable];
      return Double.isNaN(x) ? logTotal : logProbability[(int) x];
    }
  }

  private static final class Constant extends Node {
    private final double log;

    Constant(double log) {
      this.log = log;
    }

    @Override
    double logValue(double[] row) {
      return log;
    }
  }

  private static final class Product extends Node {
    private final Node[] children;

    Product(Node[] children) {
      this.children = children;
    }

    @Override
    double logValue(double[] row) {
      double sum = 0;
      for (Node child : children) {
        sum += child.value;
      }
      return sum;
    }
  }

  private static final class Sum extends Node {
    private final Node[] children;
    private final double[] weight;

    Sum(Node[] children, double[] weight) {
      this.children = children;
      this.weight = weight;
    }

    @Override
    double logValue(double[] row) {
      double max = Double.NEGATIVE_INFINITY;
      for (Node child : children) {
        max = Math.max(max, child.value);
      }
      if (max == Double.NEGATIVE_INFINITY) {
        return max;
      }
      double sum = 0;
      for (int i = 0; i < children.length; i++) {
        sum += weight[i] * Math.exp(children[i].value - max);
      }
      return max + Math.log(sum);
    }
  }

  private static final class Link extends Node {
    private final Node child;
    private final double mean;
    private final double scale;

    Link(Node child, double mean, double scale) {
      this.child = child;
      this.mean = mean;
      this.scale = scale;
    }

    @Override
    double logValue(double[] row) {
      double z = (child.value - mean) / scale;
      return -0.5 * z * z - Math.log(scale) - LOG_SQRT_2PI;
    }
  }
}
