package org.ugmm.tool.report;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.ugmm.engine.Batch;
import org.ugmm.engine.Circuit;
import org.ugmm.engine.Evidence;
import org.ugmm.engine.Inference;
import org.ugmm.engine.data.RefusedException;
import org.ugmm.engine.data.Variable;
import org.ugmm.engine.data.Variable.Categorical;
import org.ugmm.engine.data.Why;

/**
 * The mutual information of pairs of variables, in nats: 0 where and only where they are
 * independent (Shannon 1948).
 *
 * @param variables those that were looked at
 * @param nats [variables][variables], symmetric, 0 on the diagonal
 * @param errors [variables][variables] standard errors; 0 where the value is exact
 * @param draws rows that estimates were drawn from, 0 where none was needed
 */
record Dependence(List<Integer> variables, double[][] nats, double[][] errors, int draws) {
  /*
   * Of two categorical variables it is summed over their joint states. Else it is the mean of
   * log p(x, y) - log p(x) - log p(y) over rows drawn from the circuit, whose three logs are exact.
   */
  private static final int MOST_VARIABLES = 30;
  private static final int MOST_STATES = 400;
  private static final int MOST_DRAWS = 2000;
  private static final int LEAST_DRAWS = 200;
  private static final double WORK = 1.5e9;

  /**
   * Computes it, for the class and the first variables where there are many.
   *
   * @throws RefusedException if marginals have no closed form
   */
  static Dependence of(Inference inference, long seed) {
    Circuit circuit = inference.circuit();
    if (!circuit.normaliser().isKnown()) {
      throw new RefusedException(
          "",
          Why.of(Why.Reason.NO_CLOSED_FORM, "the integral of the circuit is not known"),
          "give each variable a bounded domain");
    }
    List<Integer> chosen = new ArrayList<>();
    String classVariable = circuit.classVariable();
    if (classVariable != null) {
      chosen.add(circuit.indexOf(classVariable));
    }
    int most = MOST_VARIABLES;
    while (most > 2 && LEAST_DRAWS * pairs(most) * circuit.numEdges() > WORK) {
      most--;
    }
    for (int v = 0; v < circuit.numVariables() && chosen.size() < most; v++) {
      if (!chosen.contains(v)) {
        chosen.add(v);
      }
    }
    chosen.sort(null);
    int draws =
        (int)
            Math.max(
                LEAST_DRAWS,
                Math.min(
                    MOST_DRAWS, WORK / Math.max(1, pairs(chosen.size()) * circuit.numEdges())));
    return new Run(inference, chosen, draws, seed).find();
  }

  private static double pairs(int count) {
    return 0.5 * count * (count + 1);
  }

  private static final class Run {
    private final Inference inference;
    private final Circuit circuit;
    private final List<Integer> variables;
    private final int draws;
    private final long seed;
    private double[] rows = {};

    /** [variables][draws]; empty where not asked for yet. */
    private final double[][] logs;

    Run(Inference inference, List<Integer> variables, int draws, long seed) {
      this.inference = inference;
      this.variables = variables;
      this.draws = draws;
      this.seed = seed;
      circuit = inference.circuit();
      logs = new double[variables.size()][0];
    }

    Dependence find() {
      int count = variables.size();
      double[][] nats = new double[count][count];
      double[][] errors = new double[count][count];
      for (int i = 0; i < count; i++) {
        for (int j = 0; j < i; j++) {
          double[] found = isSummed(i, j) ? summed(i, j) : estimated(i, j);
          nats[i][j] = Math.max(0, found[0]);
          nats[j][i] = nats[i][j];
          errors[i][j] = found[1];
          errors[j][i] = found[1];
        }
      }
      return new Dependence(variables, nats, errors, rows.length == 0 ? 0 : draws);
    }

    private Variable variable(int i) {
      return circuit.variables().get(variables.get(i));
    }

    private boolean isSummed(int i, int j) {
      return variable(i) instanceof Categorical a
          && variable(j) instanceof Categorical b
          && (long) a.numStates() * b.numStates() <= MOST_STATES;
    }

    private double[] summed(int i, int j) {
      int states = ((Categorical) variable(i)).numStates();
      int others = ((Categorical) variable(j)).numStates();
      double[] first = new double[states];
      double[] second = new double[others];
      double[][] joint = new double[states][others];
      Evidence nothing = new Evidence(circuit);
      for (int s = 0; s < states; s++) {
        for (int t = 0; t < others; t++) {
          Evidence both =
              new Evidence(circuit).observe(variables.get(i), s).observe(variables.get(j), t);
          joint[s][t] = Math.exp(inference.conditional(both, nothing).value());
          first[s] += joint[s][t];
          second[t] += joint[s][t];
        }
      }
      double sum = 0;
      for (int s = 0; s < states; s++) {
        for (int t = 0; t < others; t++) {
          sum += joint[s][t] > 0 ? joint[s][t] * Math.log(joint[s][t] / (first[s] * second[t])) : 0;
        }
      }
      return new double[] {sum, 0};
    }

    /** The mean and its standard error. */
    private double[] estimated(int i, int j) {
      if (rows.length == 0) {
        rows = inference.sample(new Evidence(circuit), draws, seed);
      }
      double[] both = logs(variables.get(i), variables.get(j));
      double[] first = alone(i);
      double[] second = alone(j);
      double sum = 0;
      double squares = 0;
      int count = 0;
      for (int r = 0; r < draws; r++) {
        double ratio = both[r] - first[r] - second[r];
        if (Double.isFinite(ratio)) {
          sum += ratio;
          squares += ratio * ratio;
          count++;
        }
      }
      if (count < 2) {
        return new double[] {Double.NaN, Double.NaN};
      }
      double mean = sum / count;
      double variance = Math.max(0, (squares - count * mean * mean) / (count - 1));
      return new double[] {mean, Math.sqrt(variance / count)};
    }

    private double[] alone(int i) {
      if (logs[i].length == 0) {
        logs[i] = logs(variables.get(i));
      }
      return logs[i];
    }

    /** Log-marginals of the drawn rows, of these variables only. */
    private double[] logs(int... kept) {
      int numVariables = circuit.numVariables();
      double[] masked = new double[rows.length];
      Arrays.fill(masked, Double.NaN);
      for (int v : kept) {
        for (int r = 0; r < draws; r++) {
          masked[r * numVariables + v] = rows[r * numVariables + v];
        }
      }
      double[] answers = inference.marginal(Batch.of(circuit, masked)).values();
      return IntStream.range(0, draws).mapToDouble(r -> answers[r]).toArray();
    }
  }

  /** The largest standard error. */
  double largestError() {
    return Arrays.stream(errors)
        .flatMapToDouble(Arrays::stream)
        .filter(e -> !Double.isNaN(e))
        .max()
        .orElse(0);
  }
}
