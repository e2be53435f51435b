package org.ugmm.compiler.build;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.ugmm.engine.Circuit;
import org.ugmm.engine.data.TrainingData;
import org.ugmm.engine.data.Variable;
import org.ugmm.engine.data.Variable.Categorical;

/** Compares candidates on the rows kept back: all folds one after the other. */
final class Judge {
  /** Share of the rows beside their class in what candidates are chosen by. */
  private static final double ROWS_SHARE = 0.1;

  /** No row gains or loses more than so much a column. */
  private static final double WORST_GAIN = -3;

  /** Columns of states that are enough to compare by. */
  private static final int MOST_STATE_COLUMNS = 16;

  private final Folds folds;
  private final int classVariable;
  private final int numStates;

  /** [rows kept back] */
  private final double[] weight;

  /** [rows kept back] the class, -1 where it is missing or there is none. */
  private final int[] label;

  Judge(Folds folds, int classVariable) {
    this.folds = folds;
    this.classVariable = classVariable;
    TrainingData first = folds.valid().get(0);
    numStates =
        classVariable < 0 ? 0 : ((Categorical) first.variables().get(classVariable)).numStates();
    int numRows = folds.valid().stream().mapToInt(TrainingData::numRows).sum();
    weight = new double[numRows];
    label = new int[numRows];
    Arrays.fill(label, -1);
    int at = 0;
    for (TrainingData rows : folds.valid()) {
      for (int r = 0; r < rows.numRows(); r++, at++) {
        weight[at] = rows.weight(r);
        double state = classVariable < 0 ? Double.NaN : rows.value(r, classVariable);
        label[at] = Double.isNaN(state) ? -1 : (int) state;
      }
    }
  }

  /**
   * What a model says of the rows kept back.
   *
   * @param rows [rows kept back] natural logs of rows, with their class
   * @param byState [states][rows kept back] the same with each class; empty without a class
   */
  record Verdict(double[] rows, double[][] byState) {}

  /** The verdict of circuits, one a fold, each on the rows that it has not seen. */
  Verdict verdict(List<Circuit> circuits) {
    double[] rows = new double[weight.length];
    double[][] byState = new double[numStates][weight.length];
    int at = 0;
    for (int f = 0; f < circuits.size(); f++) {
      TrainingData kept = folds.valid().get(f);
      Rows evaluated = new Rows(circuits.get(f), kept);
      if (numStates == 0) {
        System.arraycopy(evaluated.logs(), 0, rows, at, kept.numRows());
      } else {
        double[][] logs = evaluated.logsByState(classVariable, numStates);
        for (int s = 0; s < numStates; s++) {
          System.arraycopy(logs[s], 0, byState[s], at, kept.numRows());
        }
      }
      at += kept.numRows();
    }
    return numStates == 0 ? new Verdict(rows, byState) : new Verdict(own(byState), byState);
  }

  /** The verdict of a mixture. */
  Verdict mixed(List<Verdict> verdicts, double[] weights) {
    if (numStates == 0) {
      double[][] rows = verdicts.stream().map(Verdict::rows).toArray(double[][]::new);
      return new Verdict(Stacking.mixed(rows, weights), new double[0][]);
    }
    double[][] byState = new double[numStates][];
    for (int s = 0; s < numStates; s++) {
      int state = s;
      double[][] logs = verdicts.stream().map(v -> v.byState[state]).toArray(double[][]::new);
      byState[s] = Stacking.mixed(logs, weights);
    }
    return new Verdict(own(byState), byState);
  }

  /** The weights of a mixture: for the classes where there are any, else for the rows. */
  double[] weights(List<Verdict> verdicts) {
    double[][] rows = verdicts.stream().map(Verdict::rows).toArray(double[][]::new);
    if (numStates == 0) {
      return Stacking.forRows(rows, weight);
    }
    double[][] all = verdicts.stream().map(v -> all(v.byState)).toArray(double[][]::new);
    return Stacking.forClasses(rows, all, weight);
  }

  /** The mean log of the rows. */
  double valid(Verdict verdict) {
    return mean(verdict.rows, 0, weight.length);
  }

  /** The mean log-probability of the classes given the rest; NaN without. */
  double classLog(Verdict verdict) {
    return classLog(verdict, Double.NEGATIVE_INFINITY);
  }

  private double classLog(Verdict verdict, double worst) {
    double[] logs = classLogs(verdict, worst);
    double sum = 0;
    double total = 0;
    for (int r = 0; r < weight.length; r++) {
      if (label[r] >= 0 && weight[r] > 0) {
        sum += weight[r] * logs[r];
        total += weight[r];
      }
    }
    return total > 0 ? sum / total : Double.NaN;
  }

  /** [rows] log-probabilities of the classes given the rest, where they are known. */
  private double[] classLogs(Verdict verdict, double worst) {
    double[] all = all(verdict.byState);
    double[] logs = new double[weight.length];
    for (int r = 0; r < weight.length; r++) {
      if (label[r] >= 0) {
        boolean isKnown = all[r] > Double.NEGATIVE_INFINITY;
        // a row that no class explains says nothing: every class is as good
        double log = isKnown ? verdict.rows[r] - all[r] : -Math.log(numStates);
        logs[r] = Math.max(worst, log);
      }
    }
    return logs;
  }

  /** How often the most probable class is right. */
  Trained.Accuracy accuracy(Verdict verdict) {
    int right = 0;
    int rows = 0;
    for (int r = 0; r < label.length; r++) {
      if (label[r] >= 0) {
        rows++;
        int best = 0;
        for (int s = 1; s < numStates; s++) {
          best = verdict.byState[s][r] > verdict.byState[best][r] ? s : best;
        }
        right += best == label[r] ? 1 : 0;
      }
    }
    return new Trained.Accuracy(right, rows);
  }

  /**
   * What candidates are chosen by; more is better. With a class, its mean log-probability beside a
   * little of what the rows gain a column over independent columns: so is chosen what a finish
   * climbs.
   */
  double merit(Verdict verdict, Verdict baseline) {
    double classMerit = numStates == 0 ? Double.NaN : classMerit(verdict);
    if (Double.isNaN(classMerit)) {
      return valid(verdict);
    }
    double[] gain = rowGains(verdict, baseline);
    return (1 - ROWS_SHARE) * classMerit + ROWS_SHARE * mean(gain, 0, gain.length);
  }

  /** [rows] what a row gains a column over independent columns, within bounds. */
  private double[] rowGains(Verdict verdict, Verdict baseline) {
    int numColumns = folds.valid().get(0).variables().size();
    double[] gain = new double[weight.length];
    for (int r = 0; r < gain.length; r++) {
      double more = (verdict.rows[r] - baseline.rows[r]) / numColumns;
      gain[r] = more > WORST_GAIN ? Math.min(more, -WORST_GAIN) : WORST_GAIN;
    }
    return gain;
  }

  /** How much better one is than another, row by row. */
  Trained.Gain gain(Verdict better, Verdict worse, Verdict baseline) {
    boolean hasClasses = numStates > 0 && !Double.isNaN(classMerit(better));
    double[] first = hasClasses ? rowGains(better, baseline) : better.rows;
    double[] second = hasClasses ? rowGains(worse, baseline) : worse.rows;
    double[] firstClass = hasClasses ? classLogs(better, Stacking.WORST) : first;
    double[] secondClass = hasClasses ? classLogs(worse, Stacking.WORST) : second;
    double classWeight = 0;
    double allWeight = 0;
    for (int r = 0; r < weight.length; r++) {
      classWeight += label[r] >= 0 ? weight[r] : 0;
      allWeight += weight[r];
    }
    double[] more = new double[weight.length];
    for (int r = 0; r < more.length; r++) {
      more[r] = first[r] - second[r];
      if (hasClasses) {
        double ofClass =
            label[r] < 0 ? 0 : (firstClass[r] - secondClass[r]) * allWeight / classWeight;
        more[r] = (1 - ROWS_SHARE) * ofClass + ROWS_SHARE * more[r];
      }
    }
    return gain(more);
  }

  private Trained.Gain gain(double[] more) {
    double mean = mean(more, 0, more.length);
    double squares = 0;
    double total = 0;
    for (int r = 0; r < more.length; r++) {
      double off = weight[r] * (more[r] - mean);
      squares += weight[r] > 0 ? off * off : 0;
      total += weight[r];
    }
    return new Trained.Gain(mean, Math.sqrt(squares) / total);
  }

  /**
   * How much more probable one model finds the states of a row, each given the rest of the row,
   * than another; no state counts as worse than {@link Stacking#WORST}.
   *
   * @param better [folds]
   * @param worse [folds]
   */
  Trained.Gain gainOfStates(List<Circuit> better, List<Circuit> worse) {
    List<Variable> variables = folds.valid().get(0).variables();
    int[] columns =
        IntStream.range(0, variables.size())
            .filter(v -> variables.get(v) instanceof Categorical)
            .limit(MOST_STATE_COLUMNS)
            .toArray();
    double[] more = new double[weight.length];
    int at = 0;
    for (int f = 0; f < better.size(); f++) {
      TrainingData kept = folds.valid().get(f);
      double[] first = states(better.get(f), kept, columns);
      double[] second = states(worse.get(f), kept, columns);
      for (int r = 0; r < first.length; r++) {
        more[at++] = first[r] - second[r];
      }
    }
    return gain(more);
  }

  /** [rows] the sum of the log-probabilities of known states given the rest of the row. */
  private static double[] states(Circuit circuit, TrainingData kept, int[] columns) {
    Rows rows = new Rows(circuit, kept);
    double[] logs = rows.logs();
    double[] sum = new double[logs.length];
    for (int v : columns) {
      double[] without = rows.logsWithout(v);
      for (int r = 0; r < sum.length; r++) {
        if (!Double.isNaN(kept.value(r, v)) && without[r] > Double.NEGATIVE_INFINITY) {
          sum[r] += Math.max(Stacking.WORST, logs[r] - without[r]);
        }
      }
    }
    return sum;
  }

  /**
   * The mean log-probability of the class with no row counted worse than {@link Stacking#WORST}: a
   * model that is sure of itself and nearly always right must not lose to one that knows nothing,
   * because of the few rows where it is wrong.
   */
  double classMerit(Verdict verdict) {
    return classLog(verdict, Stacking.WORST);
  }

  boolean hasClass() {
    return numStates > 0;
  }

  boolean isClass(Variable variable) {
    return hasClass()
        && folds.valid().get(0).variables().get(classVariable).name().equals(variable.name());
  }

  /** Whether a circuit has the class among its variables. */
  boolean knowsClass(Circuit circuit) {
    String name =
        classVariable < 0 ? "" : folds.valid().get(0).variables().get(classVariable).name();
    return circuit.variables().stream().anyMatch(v -> v.name().equals(name));
  }

  int numRows() {
    return weight.length;
  }

  private double mean(double[] logs, int from, int to) {
    double sum = 0;
    double total = 0;
    for (int r = from; r < to; r++) {
      if (weight[r] > 0) {
        sum += weight[r] * logs[r];
        total += weight[r];
      }
    }
    return total > 0 ? sum / total : 0;
  }

  private double[] own(double[][] byState) {
    double[] own = all(byState);
    for (int r = 0; r < own.length; r++) {
      own[r] = label[r] >= 0 ? byState[label[r]][r] : own[r];
    }
    return own;
  }

  private double[] all(double[][] byState) {
    double[] ones = new double[byState.length];
    Arrays.fill(ones, 1);
    return byState.length == 0 ? new double[0] : Stacking.mixed(byState, ones);
  }
}
