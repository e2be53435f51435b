package org.ugmm.compiler.build.network;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.ugmm.compiler.build.Cloud;
import org.ugmm.compiler.model.Classes;
import org.ugmm.compiler.model.Layer;
import org.ugmm.compiler.model.ModelVariable;
import org.ugmm.compiler.model.Network;
import org.ugmm.engine.Circuit;
import org.ugmm.engine.CircuitBuilder;
import org.ugmm.engine.data.TrainingData;
import org.ugmm.engine.data.Variable;
import org.ugmm.engine.data.Variable.Categorical;

/**
 * A layered network that is smooth and decomposable, as layers and as the circuit whose parameters
 * are learned.
 *
 * <p>Each input has its own units, of which unit j reads this one input. Above them the inputs are
 * joined to regions, as many neighbours at a time as gives one region after the last hidden layer.
 * Product j of a region takes unit j of each part of it; the units of the next size are mixtures of
 * the products of one region, and those of the last region are the roots. A network of sizes
 * 64-64-32-10 so has 64 units over each of 64 inputs, 64 products over each of 8 regions of 8
 * inputs, 32 mixtures of each, 32 products of those over all inputs, and 10 mixtures of these: as
 * many Gaussians as the paper's form has components in its first layer.
 */
final class TractableLayers {
  /** Rows with the spread of the whole column that each first Gaussian is taken to have seen. */
  private static final double PRIOR_ROWS = 2;

  private static final double LEAST_SCALE = 0.05;

  /** Noise that parts rows which are equal, in standard deviations. */
  private static final double JITTER = 0.1;

  private final List<Variable> variables;
  private final int[] input;
  private final int classColumn;
  private final int components;

  /** [levels] units of each input, then of each region but the last. */
  private final int[] units;

  private final int numRoots;

  /** [levels][regions] the inputs, or the regions of the level below, that a region joins. */
  private final int[][][] parts;

  /** [levels][regions] the columns below a region. */
  private final int[][][] columns;

  /** [inputs][units] nodes. */
  private final int[][] unitNode;

  /** [levels][regions][units of the level above] nodes. */
  private final int[][][] mixtureNode;

  private final Circuit start;

  /**
   * A network that starts from groups of rows.
   *
   * @param variables the columns, none of them a count
   * @param classColumn the class of the roots; -1 where there is one root over all columns
   */
  TractableLayers(
      List<Variable> variables,
      int classColumn,
      NetworkOptions shape,
      TrainingData rows,
      long seed) {
    this.variables = variables;
    this.classColumn = classColumn;
    input = IntStream.range(0, variables.size()).filter(v -> v != classColumn).toArray();
    components = shape.components();
    int levels = shape.sizes().size() - 2;
    units = shape.sizes().subList(1, levels + 1).stream().mapToInt(Integer::intValue).toArray();
    numRoots = shape.last();
    parts = parts(input.length, levels);
    columns = new int[levels][][];
    for (int l = 0; l < levels; l++) {
      int level = l;
      columns[l] =
          Arrays.stream(parts[l])
              .map(
                  p ->
                      IntStream.of(p)
                          .flatMap(
                              i ->
                                  level == 0
                                      ? IntStream.of(input[i])
                                      : IntStream.of(columns[level - 1][i]))
                          .toArray())
              .toArray(int[][]::new);
    }
    unitNode = new int[input.length][];
    mixtureNode = new int[levels][][];
    start = start(rows, new SplittableRandom(seed));
  }

  private static int[][][] parts(int numInputs, int levels) {
    int arity = 2;
    while (Math.pow(arity, levels) < numInputs) {
      arity++;
    }
    int[][][] parts = new int[levels][][];
    int below = numInputs;
    for (int l = 0; l < levels; l++) {
      int n = below;
      int regions = l == levels - 1 ? 1 : (n + arity - 1) / arity;
      parts[l] =
          IntStream.range(0, regions)
              .mapToObj(
                  r ->
                      IntStream.range(
                              (int) ((long) n * r / regions), (int) ((long) n * (r + 1) / regions))
                          .toArray())
              .toArray(int[][]::new);
      below = regions;
    }
    return parts;
  }

  /** The circuit to start from. */
  Circuit start() {
    return start;
  }

  private Circuit start(TrainingData rows, SplittableRandom random) {
    CircuitBuilder builder = Circuit.builder(variables);
    Cloud cloud = new Cloud(rows);
    int levels = units.length;
    int[][][] group = new int[levels][][];
    for (int l = 0; l < levels; l++) {
      int k = units[l];
      group[l] =
          Arrays.stream(columns[l])
              .map(c -> cloud.groups(c, k, JITTER, random.split()))
              .toArray(int[][]::new);
    }
    int[] label =
        IntStream.range(0, cloud.numRows())
            .map(i -> numRoots == 1 ? 0 : state(cloud.value(i, classColumn)))
            .toArray();
    for (int l = 0; l < levels; l++) {
      mixtureNode[l] = new int[parts[l].length][];
      for (int r = 0; r < parts[l].length; r++) {
        if (l == 0) {
          for (int i : parts[l][r]) {
            unitNode[i] = leaves(builder, cloud, input[i], group[l][r], random);
          }
        }
        int[] product = new int[units[l]];
        for (int j = 0; j < product.length; j++) {
          int level = l;
          int unit = j;
          product[j] =
              builder.product(
                  IntStream.of(parts[l][r])
                      .map(i -> level == 0 ? unitNode[i][unit] : mixtureNode[level - 1][i][unit])
                      .toArray());
        }
        int[] above = l + 1 < levels ? group[l + 1][parent(l, r)] : label;
        double[][] weight = weights(above, numAbove(l), group[l][r], units[l]);
        mixtureNode[l][r] =
            Arrays.stream(weight).mapToInt(w -> builder.sumLinear(product, w)).toArray();
      }
    }
    int[] root = mixtureNode[levels - 1][0];
    if (numRoots == 1) {
      return builder.build(root[0]);
    }
    int[] joint = new int[numRoots];
    double[] share = new double[numRoots];
    for (int c = 0; c < numRoots; c++) {
      double[] logs = new double[numRoots];
      Arrays.fill(logs, Double.NEGATIVE_INFINITY);
      logs[c] = 0;
      joint[c] = builder.product(builder.categoricalLog(classColumn, logs), root[c]);
      int state = c;
      share[c] = 1 + IntStream.of(label).filter(y -> y == state).count();
    }
    double total = Arrays.stream(share).sum();
    Arrays.setAll(share, c -> share[c] / total);
    return builder
        .build(builder.sumLinear(joint, share))
        .withClassVariable(variables.get(classColumn).name());
  }

  private int numAbove(int level) {
    return level + 1 < units.length ? units[level + 1] : numRoots;
  }

  private int parent(int level, int region) {
    for (int r = 0; r < parts[level + 1].length; r++) {
      if (Arrays.stream(parts[level + 1][r]).anyMatch(i -> i == region)) {
        return r;
      }
    }
    throw new IllegalStateException("region " + region + " of level " + level);
  }

  private static int state(double cell) {
    return Double.isNaN(cell) ? -1 : (int) cell;
  }

  /** [above][below] how often groups go together, none of them never. */
  private static double[][] weights(int[] above, int numAbove, int[] below, int numBelow) {
    double[][] weight = new double[numAbove][numBelow];
    for (int i = 0; i < below.length; i++) {
      if (above[i] >= 0) {
        weight[above[i]][below[i]]++;
      }
    }
    for (double[] w : weight) {
      double total = Arrays.stream(w).sum() + 1;
      Arrays.setAll(w, z -> (w[z] + 1.0 / numBelow) / total);
    }
    return weight;
  }

  /** The units of an input, one a group of the rows of its region. */
  private int[] leaves(
      CircuitBuilder builder, Cloud cloud, int v, int[] group, SplittableRandom random) {
    int k = units[0];
    if (variables.get(v) instanceof Categorical categorical) {
      double[] whole = new double[categorical.numStates()];
      Arrays.fill(whole, 1);
      double[][] count = new double[k][whole.length];
      for (int i = 0; i < group.length; i++) {
        int s = state(cloud.value(i, v));
        if (s >= 0) {
          whole[s]++;
          count[group[i]][s]++;
        }
      }
      double all = Arrays.stream(whole).sum();
      int[] node = new int[k];
      for (int j = 0; j < k; j++) {
        double total = Arrays.stream(count[j]).sum() + PRIOR_ROWS;
        double[] c = count[j];
        Arrays.setAll(c, s -> (c[s] + PRIOR_ROWS * whole[s] / all) / total);
        node[j] = builder.categoricalLinear(v, c);
      }
      return node;
    }
    double[] count = new double[k];
    double[] sum = new double[k];
    double[] squares = new double[k];
    for (int i = 0; i < group.length; i++) {
      double x = (cloud.value(i, v) - cloud.mean(v)) / cloud.scale(v);
      if (!Double.isNaN(x)) {
        count[group[i]]++;
        sum[group[i]] += x;
        squares[group[i]] += x * x;
      }
    }
    int[] node = new int[k];
    for (int j = 0; j < k; j++) {
      double m = sum[j] / (count[j] + PRIOR_ROWS);
      double variance = (squares[j] + PRIOR_ROWS) / (count[j] + PRIOR_ROWS) - m * m;
      double s = Math.sqrt(Math.max(LEAST_SCALE * LEAST_SCALE, variance));
      // equal components would stay equal
      m += s * Start.gaussian(random) / (1 + count[j]);
      node[j] = unit(builder, v, cloud.mean(v) + m * cloud.scale(v), s * cloud.scale(v));
    }
    return node;
  }

  /** A mixture of Gaussians on both sides of a mean. */
  private int unit(CircuitBuilder builder, int v, double mean, double scale) {
    if (components == 1) {
      return builder.gaussian(v, mean, scale);
    }
    int[] part = new int[components];
    double[] weight = new double[components];
    for (int g = 0; g < components; g++) {
      double side = (2.0 * g - (components - 1)) / (components - 1); // -1 .. 1
      part[g] = builder.gaussian(v, mean + 0.7 * side * scale, 0.7 * scale);
      weight[g] = 1.0 / components;
    }
    return builder.sumLinear(part, weight);
  }

  /** The same circuit with other parameters, in its order. */
  Circuit with(double[] parameters) {
    CircuitBuilder builder = Circuit.builder(variables);
    int at = 0;
    for (int n = 0; n < start.numNodes(); n++) {
      double[] own = Arrays.copyOfRange(parameters, at, at + start.numParameters(n));
      at += own.length;
      int node = n;
      int[] children =
          IntStream.range(0, start.numChildren(n)).map(i -> start.child(node, i)).toArray();
      switch (start.kind(n)) {
        case GAUSSIAN -> builder.gaussian(start.variable(n), own[0], own[1]);
        case CATEGORICAL -> builder.categoricalLog(start.variable(n), own);
        case PRODUCT -> builder.product(children);
        case WEIGHTED_SUM -> builder.sumLinear(children, own);
        default -> throw new IllegalStateException(start.kind(n) + " at node " + n);
      }
    }
    Circuit circuit = builder.build(start.root());
    String name = start.classVariable();
    return name == null ? circuit : circuit.withClassVariable(name);
  }

  /** The parameters of a circuit of this structure, node by node. */
  static double[] parameters(Circuit circuit) {
    double[] all = new double[circuit.numParameters()];
    int at = 0;
    for (int n = 0; n < circuit.numNodes(); n++) {
      for (int i = 0; i < circuit.numParameters(n); i++) {
        all[at++] = circuit.parameter(n, i);
      }
    }
    return all;
  }

  /** The layers with the parameters of a learned circuit of this structure. */
  Network network(Circuit learned) {
    List<ModelVariable> declared =
        IntStream.of(input).mapToObj(v -> ModelVariable.of(variables.get(v))).toList();
    List<Layer> layers = new ArrayList<>();
    List<String> below = new ArrayList<>();
    for (int l = 0; l < units.length; l++) {
      List<String> names = new ArrayList<>();
      for (int r = 0; r < parts[l].length; r++) {
        String suffix = (l + 1) + "_" + r;
        List<String> from = new ArrayList<>();
        if (l == 0) {
          addUnits(layers, from, parts[l][r], suffix, learned);
        } else {
          for (int i : parts[l][r]) {
            from.add(below.get(i));
          }
        }
        layers.add(new Layer.Product("p" + suffix, from, children(units[l], parts[l][r].length)));
        double[][] weight =
            Arrays.stream(mixtureNode[l][r])
                .mapToObj(n -> own(learned, n))
                .toArray(double[][]::new);
        layers.add(new Layer.Mixture("m" + suffix, List.of("p" + suffix), weight));
        names.add("m" + suffix);
      }
      below = names;
    }
    Classes classes =
        numRoots == 1
            ? null
            : new Classes((Categorical) variables.get(classColumn), own(learned, learned.root()));
    return new Network("trained", "ugmm-network/1", declared, layers, classes);
  }

  /** Product j takes unit j of each part. */
  private static int[][] children(int numUnits, int numParts) {
    return IntStream.range(0, numUnits)
        .mapToObj(j -> IntStream.range(0, numParts).map(p -> p * numUnits + j).toArray())
        .toArray(int[][]::new);
  }

  /** A layer for each run of reals among the inputs of a region, and one for each other input. */
  private void addUnits(
      List<Layer> layers, List<String> from, int[] inputs, String suffix, Circuit learned) {
    for (int at = 0; at < inputs.length; ) {
      String name = "u" + suffix + "_" + at;
      from.add(name);
      if (variables.get(input[inputs[at]]) instanceof Categorical) {
        double[][] probability = new double[units[0]][];
        for (int j = 0; j < probability.length; j++) {
          probability[j] =
              Arrays.stream(own(learned, unitNode[inputs[at]][j])).map(Math::exp).toArray();
        }
        layers.add(new Layer.Categorical(name, inputs[at], probability));
        at++;
        continue;
      }
      int to = at;
      while (to < inputs.length && !(variables.get(input[inputs[to]]) instanceof Categorical)) {
        to++;
      }
      layers.add(gaussians(name, Arrays.copyOfRange(inputs, at, to), learned));
      at = to;
    }
  }

  private Layer gaussians(String name, int[] inputs, Circuit learned) {
    int m = inputs.length * units[0];
    int[][] reads = new int[m][components];
    double[][] mean = new double[m][components];
    double[][] scale = new double[m][components];
    double[][] weight = new double[m][];
    for (int j = 0; j < m; j++) {
      int i = inputs[j / units[0]];
      int node = unitNode[i][j % units[0]];
      weight[j] = components == 1 ? new double[] {1} : own(learned, node);
      Arrays.fill(reads[j], i);
      for (int g = 0; g < components; g++) {
        int gaussian = components == 1 ? node : learned.child(node, g);
        mean[j][g] = learned.parameter(gaussian, 0);
        scale[j][g] = learned.parameter(gaussian, 1);
      }
    }
    return new Layer.Ugmm(name, List.of(Layer.INPUT), reads, mean, scale, null, weight, null);
  }

  private static double[] own(Circuit circuit, int node) {
    return IntStream.range(0, circuit.numParameters(node))
        .mapToDouble(i -> circuit.parameter(node, i))
        .toArray();
  }
}
