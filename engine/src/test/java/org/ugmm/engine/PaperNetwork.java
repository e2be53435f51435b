package org.ugmm.engine;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.ugmm.engine.data.Variable;
import org.ugmm.engine.number.GaussianMass;
import org.ugmm.testdata.Golden;

/** The paper's trained networks, and random ones of the same kind, as circuits. */
public final class PaperNetwork {
  private PaperNetwork() {}

  /** The generative Iris network; domains are the data ranges widened by half their widths. */
  public static Circuit iris() throws IOException {
    double[][] rows = csv("iris.csv");
    List<Variable> variables = new ArrayList<>();
    for (int v = 0; v < 4; v++) {
      double lo = Double.POSITIVE_INFINITY;
      double hi = Double.NEGATIVE_INFINITY;
      for (double[] row : rows) {
        lo = Math.min(lo, row[v]);
        hi = Math.max(hi, row[v]);
      }
      double half = 0.5 * (hi - lo);
      variables.add(Variable.real("x" + v, lo - half, hi + half));
    }
    variables.add(Variable.categorical("species", "setosa", "versicolor", "virginica"));
    return build(read("iris-deep"), variables, -1);
  }

  /** The digits network: 64 pixels in [0, 1] and the class, uniform a priori. */
  public static Circuit digits() throws IOException {
    List<Variable> variables = new ArrayList<>();
    for (int v = 0; v < 64; v++) {
      variables.add(Variable.real("p" + v, 0, 1));
    }
    variables.add(Variable.categorical("digit", "0", "1", "2", "3", "4", "5", "6", "7", "8", "9"));
    return build(read("digits-deep"), variables, 64);
  }

  /** Rows of a table of golden data; species as 0, 1, 2. */
  public static double[][] csv(String name) throws IOException {
    List<String> lines = Files.readAllLines(Golden.find("data/" + name));
    double[][] rows = new double[lines.size() - 1][];
    List<String> species = List.of("setosa", "versicolor", "virginica");
    for (int r = 0; r < rows.length; r++) {
      rows[r] =
          Arrays.stream(lines.get(r + 1).split(","))
              .mapToDouble(
                  cell -> species.contains(cell) ? species.indexOf(cell) : Double.parseDouble(cell))
              .toArray();
    }
    return rows;
  }

  /** A random network whose scales are spread by factors of exp(spread). */
  public static Circuit random(
      int numReals, int numStates, int[] widths, double spread, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    List<Variable> variables = new ArrayList<>();
    for (int v = 0; v < numReals; v++) {
      variables.add(Variable.real("x" + v, -2, 1 + random.nextDouble()));
    }
    if (numStates > 0) {
      String[] states = new String[numStates];
      Arrays.setAll(states, s -> "s" + s);
      variables.add(Variable.categorical("c", states));
    }
    double[][][][] layers = new double[widths.length][3][][];
    int inputs = variables.size();
    for (int l = 0; l < widths.length; l++) {
      for (int part = 0; part < 3; part++) {
        layers[l][part] = new double[widths[l]][inputs];
        for (double[] row : layers[l][part]) {
          double factor = part == 1 ? spread : 1.5;
          Arrays.setAll(row, i -> factor * gauss(random));
        }
      }
      inputs = widths[l];
    }
    return build(layers, variables, -1);
  }

  private static double gauss(SplittableRandom random) {
    double sum = -6;
    for (int i = 0; i < 12; i++) {
      sum += random.nextDouble();
    }
    return sum;
  }

  /** [layer][mean, log scale, logit][unit][input]. */
  public static double[][][][] read(String model) throws IOException {
    Path file = Golden.find("models/" + model + "/model.safetensors");
    ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
    int headerSize = (int) bytes.getLong(0);
    String header = new String(bytes.array(), 8, headerSize, StandardCharsets.UTF_8);
    List<String> parts = List.of("mu", "std", "k");
    double[][][][] layers = new double[3][3][][];
    Matcher m =
        Pattern.compile(
                "\"layers\\.(\\d+)\\.(mu|std|k)\":\\{[^}]*\"shape\":\\[(\\d+),\\s*(\\d+)\\]"
                    + "[^}]*\"data_offsets\":\\[(\\d+),")
            .matcher(header.replace(" ", ""));
    while (m.find()) {
      double[][] tensor = new double[Integer.parseInt(m.group(3))][Integer.parseInt(m.group(4))];
      int at = 8 + headerSize + Integer.parseInt(m.group(5));
      for (double[] row : tensor) {
        for (int i = 0; i < row.length; i++, at += 4) {
          row[i] = bytes.getFloat(at);
        }
      }
      layers[Integer.parseInt(m.group(1)) - 1][parts.indexOf(m.group(2))] = tensor;
    }
    return layers;
  }

  private static Circuit build(double[][][][] layers, List<Variable> variables, int classVariable) {
    CircuitBuilder b = Circuit.builder(variables);
    int[] below = {};
    for (int l = 0; l < layers.length; l++) {
      int[] units = new int[layers[l][0].length];
      for (int u = 0; u < units.length; u++) {
        int numInputs = layers[l][0][u].length;
        int[] children = new int[numInputs];
        double[] weights = new double[numInputs];
        double sum = 0;
        for (int i = 0; i < numInputs; i++) {
          weights[i] = Math.exp(layers[l][2][u][i]);
          sum += weights[i];
        }
        for (int i = 0; i < numInputs; i++) {
          weights[i] /= sum;
          double mean = layers[l][0][u][i];
          double scale = Math.exp(layers[l][1][u][i]);
          children[i] = l > 0 ? b.link(below[i], mean, scale) : leaf(b, variables, i, mean, scale);
        }
        units[u] = b.sumLinear(children, weights);
      }
      below = units;
    }
    if (classVariable < 0) {
      return b.build(below[0]);
    }
    int[] classes = new int[below.length];
    double[] priors = new double[below.length];
    for (int k = 0; k < classes.length; k++) {
      double[] logs = new double[below.length];
      Arrays.fill(logs, Double.NEGATIVE_INFINITY);
      logs[k] = 0;
      classes[k] = b.product(b.categoricalLog(classVariable, logs), below[k]);
      priors[k] = 1.0 / below.length;
    }
    return b.build(b.sumLinear(classes, priors));
  }

  private static int leaf(CircuitBuilder b, List<Variable> variables, int v, double m, double s) {
    if (variables.get(v) instanceof Variable.Categorical categorical) {
      double[] logs = new double[categorical.numStates()];
      Arrays.setAll(logs, k -> GaussianMass.logDensity(k, m, s));
      return b.categoricalLog(v, logs);
    }
    return b.gaussian(v, m, s);
  }
}
