package org.ugmm.compiler.read.sklearn;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.ugmm.compiler.model.ModelException;
import org.ugmm.compiler.model.ModelVariable;
import org.ugmm.compiler.model.NodeTable;
import org.ugmm.engine.CircuitBuilder;
import org.ugmm.engine.data.NodeKind;
import org.ugmm.engine.data.Variable;

/** The fitted attributes of one estimator, and the circuit of the distribution that it fits. */
final class Estimator {
  private static final String CLASS = "class";

  /** What rounding may make of the two triangles of a covariance, relative to the scales. */
  private static final double ASYMMETRY = 1e-9;

  private final String source;
  private final String kind;
  private final Map<String, NumpyArray> arrays = new HashMap<>();
  private final Map<String, List<NumpyArray>> lists = new HashMap<>();
  private final Map<String, String> texts = new HashMap<>();

  Estimator(String source, String kind) {
    this.source = source;
    this.kind = kind;
  }

  void array(String name, NumpyArray array) {
    arrays.put(name, array);
  }

  void list(String name, List<NumpyArray> list) {
    lists.put(name, list);
  }

  void text(String name, String text) {
    texts.put(name, text);
  }

  /**
   * The circuit.
   *
   * @throws ModelException if the estimator has no circuit of the nodes that there are
   */
  NodeTable circuit() {
    return switch (kind) {
      case "GaussianMixture", "BayesianGaussianMixture" -> mixture();
      case "GaussianNB" -> {
        double[][] mean = matrix("theta_");
        double[][] variance = matrix(arrays.containsKey("var_") ? "var_" : "sigma_");
        yield classifier(
            Logs.of(numbers("class_prior_")),
            realColumns(mean[0].length),
            gaussians(mean, variance));
      }
      case "BernoulliNB" -> {
        double[][] logs = matrix("feature_log_prob_");
        yield classifier(
            numbers("class_log_prior_"),
            discreteColumns(fill(logs[0].length, 2)),
            bernoullis(logs));
      }
      case "CategoricalNB" -> categories();
      default ->
          throw new ModelException(
              "%s: a %s; expected GaussianMixture, GaussianNB, BernoulliNB or CategoricalNB"
                  .formatted(source, ModelException.shorten(kind)));
    };
  }

  /** Adds the leaf of a component or class on a column to a table and returns its number. */
  private interface Leaves {
    int add(NodeTable table, int component, int column);
  }

  private NodeTable mixture() {
    double[] weights = numbers("weights_");
    double[][] mean = matrix("means_");
    String type = texts.getOrDefault("covariance_type", "full");
    requireRows(mean, weights.length, "means_");
    List<ModelVariable> columns = realColumns(mean[0].length);
    NodeTable table = new NodeTable(source, "sklearn " + kind, columns, false);
    int[] components =
        switch (type) {
          case "diag", "spherical" ->
              components(
                  table,
                  weights.length,
                  columns.size(),
                  gaussians(mean, variances(type, weights.length, columns.size())));
          case "full", "tied" -> blocks(table, mean, type.equals("tied"));
          default ->
              throw new ModelException(
                  "%s: a GaussianMixture with covariance_type '%s'; expected 'full', 'tied', 'diag' or 'spherical'"
                      .formatted(source, ModelException.shorten(type)));
        };
    for (int k = 0; k < weights.length; k++) {
      table.openChild(components[k]);
      table.openParameter(weights[k]);
    }
    table.close(NodeKind.WEIGHTED_SUM, -1, table.numNodes());
    table.root(table.numNodes() - 1);
    return table;
  }

  private double[][] variances(String type, int numComponents, int numColumns) {
    if (type.equals("diag")) {
      double[][] variance = matrix("covariances_");
      requireRows(variance, numComponents, "covariances_");
      requireShape(variance[0].length == numColumns);
      return variance;
    }
    double[] each = numbers("covariances_");
    requireShape(each.length == numComponents);
    double[][] variance = new double[numComponents][];
    Arrays.setAll(variance, k -> fill(numColumns, each[k]));
    return variance;
  }

  /**
   * Gaussians over all columns: of a covariance scikit-learn reads the lower triangle, and so does
   * this, where the upper one differs by no more than rounding.
   */
  private int[] blocks(NodeTable table, double[][] mean, boolean isTied) {
    int d = mean[0].length;
    double[] numbers = numbers("covariances_");
    requireShape(numbers.length == (isTied ? 1 : mean.length) * d * d);
    int[] columns = new int[d];
    Arrays.setAll(columns, i -> i);
    List<Variable> variables = table.variables().stream().map(ModelVariable::variable).toList();
    int[] components = new int[mean.length];
    for (int k = 0; k < mean.length; k++) {
      double[][] covariance = new double[d][d];
      int from = isTied ? 0 : k * d * d;
      for (int i = 0; i < d; i++) {
        for (int j = 0; j <= i; j++) {
          double lower = numbers[from + i * d + j];
          double upper = numbers[from + j * d + i];
          double size = Math.sqrt(numbers[from + i * d + i]) * Math.sqrt(numbers[from + j * d + j]);
          if (!(Math.abs(lower - upper) <= ASYMMETRY * size)) {
            throw new ModelException(
                "%s: covariance of component %d: [%d, %d] is %s and [%d, %d] is %s; expected a symmetric matrix with a positive diagonal"
                    .formatted(source, k, i, j, lower, j, i, upper));
          }
          covariance[i][j] = lower;
          covariance[j][i] = lower;
        }
      }
      String problem = CircuitBuilder.blockProblem(variables, columns, mean[k], covariance);
      if (problem != null) {
        throw new ModelException("%s: component %d has %s".formatted(source, k, problem));
      }
      for (double p : CircuitBuilder.blockParameters(columns, mean[k], covariance)) {
        table.openParameter(p);
      }
      table.close(NodeKind.GAUSSIAN_BLOCK, -1, table.numNodes());
      components[k] = table.numNodes() - 1;
    }
    return components;
  }

  private void requireShape(boolean fits) {
    if (!fits) {
      throw new ModelException(
          "%s: 'covariances_' has the shape %s, which does not fit 'means_' and the covariance_type"
              .formatted(source, Arrays.toString(array("covariances_").shape())));
    }
  }

  private Leaves gaussians(double[][] mean, double[][] variance) {
    return (table, k, column) -> {
      double scale = Math.sqrt(variance[k][column]);
      if (!Double.isFinite(mean[k][column]) || !(scale > 0 && scale < Double.POSITIVE_INFINITY)) {
        throw new ModelException(
            "%s: mean %s and variance %s of component %d; expected a finite mean and a positive, finite variance"
                .formatted(source, mean[k][column], variance[k][column], k));
      }
      table.openParameter(mean[k][column]);
      table.openParameter(scale);
      table.close(NodeKind.GAUSSIAN, column, table.numNodes());
      return table.numNodes() - 1;
    };
  }

  private static Leaves bernoullis(double[][] logTrue) {
    return (table, k, column) -> {
      double log = Math.min(0, logTrue[k][column]);
      table.openParameter(Math.log(-Math.expm1(log)));
      table.openParameter(log);
      table.close(NodeKind.CATEGORICAL, column, table.numNodes());
      return table.numNodes() - 1;
    };
  }

  private NodeTable categories() {
    List<NumpyArray> features = lists.get("feature_log_prob_");
    if (features == null || features.isEmpty()) {
      throw missing("feature_log_prob_");
    }
    int numClasses = numbers("class_log_prior_").length;
    double[] numStates = new double[features.size()];
    for (int f = 0; f < numStates.length; f++) {
      int[] shape = features.get(f).shape();
      if (shape.length != 2 || shape[0] != numClasses || shape[1] < 1) {
        throw new ModelException(
            "%s: column %d of 'feature_log_prob_' has the shape %s; expected [%d, states]"
                .formatted(source, f, Arrays.toString(shape), numClasses));
      }
      numStates[f] = shape[1];
    }
    Leaves leaves =
        (table, k, column) -> {
          int length = (int) numStates[column];
          for (int s = 0; s < length; s++) {
            table.openParameter(log(features.get(column).numbers()[k * length + s]));
          }
          table.close(NodeKind.CATEGORICAL, column, table.numNodes());
          return table.numNodes() - 1;
        };
    return classifier(numbers("class_log_prior_"), discreteColumns(numStates), leaves);
  }

  private double log(double value) {
    if (!(value < Double.POSITIVE_INFINITY)) {
      throw new ModelException(
          "%s: log-probability %s; expected a finite number or minus infinity"
              .formatted(source, value));
    }
    return value;
  }

  /** A class variable and, given it, independent columns. */
  private NodeTable classifier(double[] logPrior, List<ModelVariable> columns, Leaves leaves) {
    List<String> states = array("classes_").texts();
    if (states.size() != logPrior.length) {
      throw new ModelException(
          "%s: %d priors of %d classes; expected one each"
              .formatted(source, logPrior.length, states.size()));
    }
    List<ModelVariable> variables = new ArrayList<>(columns);
    boolean isTaken = columns.stream().anyMatch(v -> v.name().equals(CLASS));
    variables.add(
        ModelVariable.of(
            Variable.categorical(isTaken ? "class_" : CLASS, states.toArray(String[]::new))));
    NodeTable table = new NodeTable(source, "sklearn " + kind, variables, true);
    int[] components = components(table, states.size(), columns.size(), leaves);
    int[] terms = new int[components.length];
    for (int k = 0; k < terms.length; k++) {
      for (int s = 0; s < terms.length; s++) {
        table.openParameter(s == k ? 0 : Double.NEGATIVE_INFINITY);
      }
      table.close(NodeKind.CATEGORICAL, columns.size(), table.numNodes());
      table.openChild(table.numNodes() - 1);
      table.openChild(components[k]);
      table.close(NodeKind.PRODUCT, -1, table.numNodes());
      terms[k] = table.numNodes() - 1;
    }
    for (int k = 0; k < terms.length; k++) {
      table.openChild(terms[k]);
      table.openParameter(log(logPrior[k]));
    }
    table.close(NodeKind.WEIGHTED_SUM, -1, table.numNodes());
    table.root(table.numNodes() - 1);
    return table;
  }

  private static int[] components(NodeTable table, int count, int columns, Leaves leaves) {
    int[] components = new int[count];
    for (int k = 0; k < count; k++) {
      int[] factors = new int[columns];
      for (int column = 0; column < columns; column++) {
        factors[column] = leaves.add(table, k, column);
      }
      for (int factor : factors) {
        table.openChild(factor);
      }
      table.close(NodeKind.PRODUCT, -1, table.numNodes());
      components[k] = table.numNodes() - 1;
    }
    return components;
  }

  private List<ModelVariable> realColumns(int count) {
    List<ModelVariable> columns = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      columns.add(ModelVariable.of(Variable.real(columnName(i))));
    }
    return columns;
  }

  private List<ModelVariable> discreteColumns(double[] numStates) {
    List<ModelVariable> columns = new ArrayList<>();
    for (int i = 0; i < numStates.length; i++) {
      String[] states = new String[(int) numStates[i]];
      Arrays.setAll(states, Integer::toString);
      columns.add(ModelVariable.of(Variable.categorical(columnName(i), states)));
    }
    return columns;
  }

  private String columnName(int i) {
    NumpyArray names = arrays.get("feature_names_in_");
    return names != null && i < names.texts().size() ? names.texts().get(i) : "x" + i;
  }

  private static double[] fill(int length, double value) {
    double[] filled = new double[length];
    Arrays.fill(filled, value);
    return filled;
  }

  private NumpyArray array(String name) {
    NumpyArray array = arrays.get(name);
    if (array == null) {
      throw missing(name);
    }
    return array;
  }

  private ModelException missing(String name) {
    return new ModelException(
        "%s: no attribute '%s' of %s; expected a fitted estimator".formatted(source, name, kind));
  }

  private double[] numbers(String name) {
    double[] numbers = array(name).numbers();
    if (numbers.length == 0) {
      throw missing(name);
    }
    return numbers;
  }

  private double[][] matrix(String name) {
    NumpyArray array = array(name);
    if (array.shape().length != 2 || array.numbers().length == 0) {
      throw new ModelException(
          "%s: '%s' has the shape %s; expected two lengths"
              .formatted(source, name, Arrays.toString(array.shape())));
    }
    double[][] rows = new double[array.shape()[0]][];
    for (int r = 0; r < rows.length; r++) {
      int length = array.shape()[1];
      rows[r] = Arrays.copyOfRange(array.numbers(), r * length, (r + 1) * length);
    }
    return rows;
  }

  private void requireRows(double[][] rows, int count, String name) {
    if (rows.length != count) {
      throw new ModelException(
          "%s: '%s' has %d rows; expected %d".formatted(source, name, rows.length, count));
    }
  }

  /** Natural logs of numbers. */
  private static final class Logs {
    static double[] of(double[] linear) {
      return Arrays.stream(linear).map(Math::log).toArray();
    }
  }
}
