package org.ugmm.compiler.graph;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.eclipse.collections.api.map.MutableMap;
import org.eclipse.collections.impl.factory.Maps;
import org.jspecify.annotations.Nullable;
import org.ugmm.compiler.model.Classes;
import org.ugmm.compiler.model.Layer;
import org.ugmm.compiler.model.Model;
import org.ugmm.compiler.model.ModelException;
import org.ugmm.compiler.model.ModelVariable;
import org.ugmm.compiler.model.Network;
import org.ugmm.compiler.model.NodeTable;
import org.ugmm.engine.data.NodeKind;
import org.ugmm.engine.data.Variable;
import org.ugmm.engine.data.Variable.Categorical;

/** Lowers a model to a graph of circuit nodes. */
public final class Lowering {
  /*
   * A weight below this, relative to the largest of its sum, would lose digits or vanish as a linear
   * double once products with it are formed; such a term is lowered as a product with a constant
   * that holds the log of the weight.
   */
  public static final double MIN_WEIGHT = 1e-290;

  private static final double LOG_MIN_WEIGHT = Math.log(MIN_WEIGHT);
  private static final double LOG_SQRT_2PI = 0.9189385332046727418;

  /** Roundings of an exponential of a double: within an ulp. */
  private static final double OF_EXP = 2;

  /** Roundings of a softmax weight: exponential, total, quotient. */
  private static final double OF_SOFTMAX = 12;

  private final Graph graph;
  private final List<ModelVariable> variables;

  private Lowering(Graph graph, List<ModelVariable> variables) {
    this.graph = graph;
    this.variables = variables;
  }

  /**
   * Lowers a model.
   *
   * @param variables those of the circuit, as {@link #variables} has them or with other domains
   * @param rootLayer the layer whose unit is to be the root instead of the network's own; null for
   *     the network's own
   * @param rootUnit the unit of that layer
   * @throws ModelException if there is no such unit
   */
  public static Graph lower(
      Model model, List<ModelVariable> variables, @Nullable String rootLayer, int rootUnit) {
    if (model instanceof Network network) {
      return lower(network, variables, rootLayer, rootUnit);
    }
    if (rootLayer != null) {
      throw new ModelException(
          "%s: no layer '%s'; a circuit given node by node has no layers"
              .formatted(model.source(), rootLayer));
    }
    return lower((NodeTable) model, variables);
  }

  /**
   * The variables of the circuit: those of the model and, unless the root is a unit of a layer, the
   * class variable of a network.
   */
  public static List<ModelVariable> variables(Model model, @Nullable String rootLayer) {
    List<ModelVariable> all = new ArrayList<>(model.variables());
    Classes classes = model instanceof Network network ? network.classes() : null;
    if (classes != null && rootLayer == null) {
      all.add(ModelVariable.of(classes.variable()));
    }
    return all;
  }

  private static Lowering start(List<ModelVariable> variables, Origins origins) {
    List<Variable> plain = new ArrayList<>();
    for (ModelVariable variable : variables) {
      plain.add(variable.variable());
    }
    return new Lowering(new Graph(plain, origins), variables);
  }

  private static Graph lower(NodeTable table, List<ModelVariable> variables) {
    Lowering lowering = start(variables, Origins.nodes());
    int[] nodeOf = new int[table.numNodes()];
    for (int i = 0; i < nodeOf.length; i++) {
      nodeOf[i] = lowering.node(table, i, nodeOf);
      lowering.graph.origin(nodeOf[i], table.label(i));
    }
    lowering.graph.root(nodeOf[table.root()]);
    return lowering.graph;
  }

  private int node(NodeTable table, int i, int[] nodeOf) {
    switch (table.kind(i)) {
      case GAUSSIAN -> {
        return gaussian(table.variable(i), table.parameter(i, 0), table.parameter(i, 1));
      }
      case CATEGORICAL -> {
        double[] logs = new double[table.numParameters(i)];
        Arrays.setAll(logs, s -> table.parameter(i, s));
        return graph.categorical(table.variable(i), logs);
      }
      case PRODUCT -> {
        for (int c = 0; c < table.numChildren(i); c++) {
          graph.openChild(nodeOf[table.child(i, c)]);
        }
        return graph.closeProduct();
      }
      case WEIGHTED_SUM -> {
        int numChildren = table.numChildren(i);
        int[] children = new int[numChildren];
        double[] weights = new double[numChildren];
        for (int c = 0; c < numChildren; c++) {
          children[c] = nodeOf[table.child(i, c)];
          weights[c] = table.parameter(i, c);
        }
        return table.logWeights()
            ? sumOfLogs(children, weights, 0, 1, OF_EXP)
            : sum(children, weights);
      }
      case GAUSSIAN_LINK -> {
        return graph.link(nodeOf[table.child(i, 0)], table.parameter(i, 0), table.parameter(i, 1));
      }
      case CONSTANT -> {
        return graph.constant(table.parameter(i, 0));
      }
      case HISTOGRAM, POISSON, UNIFORM, EXPONENTIAL, GAMMA, LOG_NORMAL -> {
        double[] parameters = new double[table.numParameters(i)];
        Arrays.setAll(parameters, s -> table.parameter(i, s));
        return graph.leaf(table.kind(i), table.variable(i), parameters);
      }
      case GAUSSIAN_BLOCK -> {
        double[] parameters = new double[table.numParameters(i)];
        Arrays.setAll(parameters, s -> table.parameter(i, s));
        return graph.block(parameters);
      }
      case BASE -> throw new AssertionError(table.kind(i));
    }
    throw new AssertionError(table.kind(i));
  }

  /** A Gaussian on a real variable, or what it says of each state of a categorical one. */
  private int gaussian(int variable, double mean, double scale) {
    if (!(variables.get(variable).variable() instanceof Categorical)) {
      return graph.gaussian(variable, mean, scale);
    }
    List<Double> codes = variables.get(variable).codes();
    double[] logs = new double[codes.size()];
    double logScale = Math.log(scale);
    double constant = -logScale - LOG_SQRT_2PI;
    for (int s = 0; s < logs.length; s++) {
      // a state is not impossible because its log is beyond the range of a double
      logs[s] = Math.max(-Double.MAX_VALUE, constant - 0.5 * square(codes.get(s), mean, scale));
    }
    // the rounding of a log by its own size is that of every stored log
    double units = 3 * Math.abs(logScale) + 2 * Math.abs(constant) + 4;
    return graph.rounded(graph.categorical(variable, logs), units);
  }

  /** {@code ((x - mean) / scale)^2} as if computed without rounding, then rounded once or twice. */
  private static double square(double x, double mean, double scale) {
    double difference = x - mean;
    double back = x - difference;
    double lost = x - (difference + back) + (back - mean);
    double z = difference / scale;
    double low = (Math.fma(-z, scale, difference) + lost) / scale;
    double square = z * z;
    double rest = Math.fma(z, z, -square) + low * (2 * z + low);
    return square < Double.POSITIVE_INFINITY ? square + rest : square;
  }

  private int sum(int[] children, double[] weights) {
    for (int c = 0; c < children.length; c++) {
      graph.openTerm(children[c], weights[c]);
    }
    return graph.closeSum();
  }

  /**
   * A sum with weights {@code exp(log - max) / total}.
   *
   * @param logs natural logs of weights; overwritten
   * @param max what is subtracted from them
   * @param total what they are divided by
   * @param units roundings of a weight
   */
  private int sumOfLogs(int[] children, double[] logs, double max, double total, double units) {
    double logTotal = Math.log(total);
    // weights of 0 and 1 are not rounded, and a sum of one child with weight 1 is that child
    boolean isExact = max == 0 && total == 1;
    for (int c = 0; c < children.length; c++) {
      isExact &= logs[c] == 0 || logs[c] == Double.NEGATIVE_INFINITY;
      double log = logs[c] - max;
      if (Math.abs(log) > -LOG_MIN_WEIGHT && log > Double.NEGATIVE_INFINITY) {
        double constant = log - logTotal;
        double ofConstant = 2 * Math.abs(log) + 3 * Math.abs(logTotal) + units;
        int factor = graph.rounded(graph.constant(constant), ofConstant);
        children[c] = graph.product(factor, children[c]);
        logs[c] = 1;
      } else {
        logs[c] = exp(logs[c], max) / total;
      }
    }
    return graph.rounded(sum(children, logs), isExact ? 0 : units);
  }

  /** {@code exp(log - max)} without the rounding of the difference. */
  private static double exp(double log, double max) {
    double difference = log - max;
    if (difference == Double.NEGATIVE_INFINITY) {
      return 0;
    }
    if (log == max) {
      return 1;
    }
    double back = log - difference;
    double lost = log - (difference + back) + (back - max);
    return Math.exp(difference) * (1 + lost);
  }

  private static Graph lower(
      Network network, List<ModelVariable> variables, @Nullable String rootLayer, int rootUnit) {
    Lowering lowering = start(variables, Origins.units(network));
    return lowering.layers(network, rootLayer, rootUnit);
  }

  private Graph layers(Network network, @Nullable String rootLayer, int rootUnit) {
    MutableMap<String, int[]> unitsOf = Maps.mutable.empty();
    int[] units = {};
    for (int l = 0; l < network.layers().size(); l++) {
      Layer layer = network.layers().get(l);
      units = layer(layer, inputs(network, layer, unitsOf), l);
      unitsOf.put(layer.name(), units);
      if (layer.name().equals(rootLayer)) {
        if (rootUnit < 0 || rootUnit >= units.length) {
          throw ModelException.at(
              network.source(),
              "layer '" + rootLayer + "'",
              "no unit " + rootUnit,
              "0 .. " + (units.length - 1));
        }
        graph.root(units[rootUnit]);
        return graph;
      }
    }
    if (rootLayer != null) {
      throw new ModelException(
          "%s: no layer '%s'; the layers are %s"
              .formatted(network.source(), rootLayer, unitsOf.keysView().toSortedList()));
    }
    Classes classes = network.classes();
    graph.root(classes == null ? units[0] : classMixture(classes, units));
    return graph;
  }

  /** What a layer reads: node numbers, or -1 - v for variable v. */
  private static int[] inputs(Network network, Layer layer, MutableMap<String, int[]> unitsOf) {
    int[] inputs = new int[network.numInputs(layer)];
    int at = 0;
    for (String from : layer.from()) {
      int[] units = unitsOf.get(from);
      if (units == null) {
        for (int v = 0; v < network.variables().size(); v++) {
          inputs[at++] = -1 - v;
        }
      } else {
        System.arraycopy(units, 0, inputs, at, units.length);
        at += units.length;
      }
    }
    return inputs;
  }

  private int[] layer(Layer layer, int[] inputs, int index) {
    int[] units = new int[layer.numUnits()];
    for (int j = 0; j < units.length; j++) {
      units[j] = unit(layer, j, inputs);
      graph.origin(units[j], graph.origins().unit(index, j));
    }
    return units;
  }

  private int unit(Layer layer, int j, int[] inputs) {
    if (layer instanceof Layer.Ugmm ugmm) {
      return neuron(ugmm, j, inputs);
    }
    if (layer instanceof Layer.Mixture mixture) {
      return sum(inputs.clone(), mixture.weights()[j]);
    }
    if (layer instanceof Layer.Product product) {
      for (int k : product.children()[j]) {
        graph.openChild(inputs[k]);
      }
      return graph.closeProduct();
    }
    Layer.Categorical categorical = (Layer.Categorical) layer;
    double[] logs = Arrays.stream(categorical.probabilities()[j]).map(Math::log).toArray();
    return graph.categorical(categorical.variable(), logs);
  }

  private int neuron(Layer.Ugmm layer, int j, int[] inputs) {
    double[] mean = layer.mean()[j];
    double[] scale = layer.scale()[j];
    int @Nullable [][] chosen = layer.inputs();
    int[] children = new int[scale.length];
    for (int k = 0; k < children.length; k++) {
      int input = inputs[chosen == null ? k : chosen[j][k]];
      double m = mean[mean.length == 1 ? 0 : k];
      children[k] = input < 0 ? gaussian(-1 - input, m, scale[k]) : graph.link(input, m, scale[k]);
      if (layer.logScale() != null) {
        graph.rounded(children[k], ofScale(children[k], m, scale[k]));
      }
    }
    double[][] weights = layer.weights();
    if (weights != null) {
      return sum(children, weights[j]);
    }
    double[][] logits = layer.logits();
    if (logits == null) {
      throw new AssertionError("neither weights nor logits in layer " + layer.name());
    }
    return softmaxSum(children, logits[j]);
  }

  /** What the rounding of a scale by {@link #OF_EXP} makes of a leaf, or of a table of codes. */
  private double ofScale(int node, double mean, double scale) {
    if (graph.kind(node) != NodeKind.CATEGORICAL) {
      return OF_EXP;
    }
    double units = graph.rounding(node);
    double most = 0;
    for (double code : variables.get(graph.variable(node)).codes()) {
      most = Math.max(most, square(code, mean, scale));
    }
    return units + OF_EXP * (1.01 * most + 1);
  }

  private int softmaxSum(int[] children, double[] logits) {
    double max = Arrays.stream(logits).max().orElseThrow();
    double total = 0;
    double lost = 0; // what the additions round off
    for (double logit : logits) {
      double term = exp(logit, max);
      double sum = total + term;
      lost += Math.abs(total) >= term ? total - sum + term : term - sum + total;
      total = sum;
    }
    return sumOfLogs(children, logits.clone(), max, total + lost, OF_SOFTMAX);
  }

  private int classMixture(Classes classes, int[] units) {
    int classVariable = variables.size() - 1;
    int[] children = new int[units.length];
    for (int c = 0; c < units.length; c++) {
      double[] logs = new double[units.length];
      Arrays.fill(logs, Double.NEGATIVE_INFINITY);
      logs[c] = 0;
      children[c] = graph.product(graph.categorical(classVariable, logs), units[c]);
    }
    int root = graph.rounded(sum(children, classes.priors()), 1); // 1 / K, where not given
    graph.origin(root, graph.origins().classMixture());
    return root;
  }
}
