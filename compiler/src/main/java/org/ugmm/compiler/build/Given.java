package org.ugmm.compiler.build;

import java.util.HashMap;
import java.util.Map;
import java.util.SplittableRandom;
import org.ugmm.engine.Circuit;
import org.ugmm.engine.CircuitBuilder;
import org.ugmm.engine.data.NodeKind;
import org.ugmm.engine.data.TrainingData;

/**
 * A circuit from elsewhere: as it is, learned on, or learned anew from other first parameters.
 *
 * @param circuit the circuit
 * @param use what of it is used
 */
record Given(Circuit circuit, Use use) implements Structure {
  /** Spread of the logs of first weights, enough to part equal components. */
  private static final double NOISE = 0.5;

  /** First scales over the standard deviation of a column. */
  private static final double SCALE = 0.5;

  /** What of a circuit is used. */
  enum Use {
    /** All of it. */
    AS_IT_WAS("as it was"),
    /** Its parameters are where learning starts. */
    LEARNED_ON("learned on"),
    /** Its structure, and what is zero in it. */
    STRUCTURE("learned anew");

    private final String label;

    Use(String label) {
      this.label = label;
    }
  }

  /** Adds the circuit; the seed and the rows suggest parameters where its own are not used. */
  @Override
  public int addTo(CircuitBuilder builder, Cloud cloud, int[] columns, long seed) {
    return Combine.copy(builder, start(cloud, seed));
  }

  /** The circuit that learning starts from, over the circuit's own variables. */
  Circuit start(Cloud cloud, long seed) {
    if (use != Use.STRUCTURE) {
      return circuit;
    }
    TrainingData rows = cloud.data();
    Map<String, Integer> columnOf = new HashMap<>();
    for (int v = 0; v < rows.variables().size(); v++) {
      columnOf.put(rows.variables().get(v).name(), v);
    }
    SplittableRandom random = new SplittableRandom(seed);
    CircuitBuilder builder = Circuit.builder(circuit.variables());
    int[] node =
        Combine.copyNodes(
            builder,
            circuit,
            (n, parameters) -> {
              NodeKind kind = circuit.kind(n);
              if (kind == NodeKind.WEIGHTED_SUM) {
                scatter(parameters, random);
              } else if (kind == NodeKind.CATEGORICAL) {
                scatterLogs(parameters, random);
              } else if (kind == NodeKind.GAUSSIAN) {
                String name = circuit.variables().get(circuit.variable(n)).name();
                int column = columnOf.getOrDefault(name, -1);
                if (column >= 0) {
                  double x = cloud.value(random.nextInt(cloud.numRows()), column);
                  parameters[0] = Double.isNaN(x) ? cloud.mean(column) : x;
                  parameters[1] = SCALE * cloud.scale(column);
                }
              }
            });
    return builder.build(node[circuit.root()]);
  }

  /** Weights that differ by chance; zeros stay. */
  private static void scatter(double[] weight, SplittableRandom random) {
    double sum = 0;
    for (int i = 0; i < weight.length; i++) {
      weight[i] = weight[i] > 0 ? Math.exp(NOISE * Cloud.gaussian(random)) : 0;
      sum += weight[i];
    }
    for (int i = 0; i < weight.length && sum > 0; i++) {
      weight[i] /= sum;
    }
  }

  private static void scatterLogs(double[] log, SplittableRandom random) {
    double[] share = new double[log.length];
    for (int s = 0; s < log.length; s++) {
      share[s] = Math.exp(log[s]);
    }
    scatter(share, random);
    for (int s = 0; s < log.length; s++) {
      log[s] = Math.log(share[s]);
    }
  }

  @Override
  public Structure atMost(int states) {
    return this;
  }

  @Override
  public Structure varied() {
    return this;
  }

  @Override
  public boolean isLearned() {
    return use != Use.AS_IT_WAS;
  }

  @Override
  public double numWeights(int numColumns) {
    return isLearned() ? circuit.numEdges() : 0;
  }

  @Override
  public String label() {
    return use.label;
  }
}
