package org.ugmm.compiler.build.network;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.ugmm.compiler.model.ModelVariable;
import org.ugmm.engine.data.CircuitException;
import org.ugmm.engine.data.TrainingData;
import org.ugmm.engine.data.Variable;
import org.ugmm.engine.data.Variable.Categorical;
import org.ugmm.engine.network.NetworkRows;

/**
 * How columns of a table become inputs of a network: numbers as they are, states by their codes;
 * centred and scaled for learning; and the domains that the model declares of them.
 *
 * @param column [inputs] the column of each input
 * @param classColumn the column that tells which root is meant; -1 where there is one root
 * @param centre [inputs]
 * @param spread [inputs] above 0
 * @param variables [inputs] with domains
 */
record Inputs(
    int[] column,
    int classColumn,
    double[] centre,
    double[] spread,
    List<ModelVariable> variables) {
  /*
   * Networks with links need domains to integrate over missing values, and a value outside a domain
   * has density zero. So a domain reaches past what was seen by half of its range, except where the
   * values show that they end: many columns with one and the same least and largest value are on one
   * scale, as pixels are, and a least value of 0 that many rows have is a count or an amount.
   */
  private static final double WIDENING = 0.5;
  private static final int FEWEST_ALIKE = 4;
  private static final double SHARE_ALIKE = 0.25;
  private static final double SHARE_AT_ZERO = 0.01;

  /** A column that is nearly constant is not blown up: no spread below this part of its range. */
  private static final double LEAST_SPREAD = 0.05;

  /** What the rows say of an input. */
  private record Facts(double min, double max, double mean, double sd, double shareAtMin) {}

  /**
   * Inputs for a network of so many.
   *
   * @param classColumn the class, -1 for none
   * @throws CircuitException if the sizes do not fit the columns
   */
  static Inputs of(TrainingData data, int classColumn, NetworkOptions options) {
    int[] rows = IntStream.range(0, data.numRows()).toArray();
    int numColumns = data.variables().size();
    int wanted = options.sizes().get(0);
    boolean hasRoots = options.last() > 1;
    requireFit(data, classColumn, options);
    int[] column =
        IntStream.range(0, numColumns).filter(c -> !hasRoots || c != classColumn).toArray();
    Facts[] facts = new Facts[wanted];
    for (int k = 0; k < wanted; k++) {
      facts[k] = facts(data, column[k], rows);
    }
    double[] centre = new double[wanted];
    double[] spread = new double[wanted];
    if (options.recipe() == NetworkOptions.Recipe.PAPER) {
      Arrays.fill(spread, 1);
    } else if (options.isTied()) {
      tie(facts, centre, spread);
    } else {
      for (int k = 0; k < wanted; k++) {
        centre[k] = facts[k].mean;
        double least = LEAST_SPREAD * (facts[k].max - facts[k].min);
        double sd = Math.max(facts[k].sd, least);
        spread[k] = sd > 0 ? sd : 1;
      }
    }
    return new Inputs(
        column,
        hasRoots ? classColumn : -1,
        centre,
        spread,
        variables(data.variables(), column, facts));
  }

  /** Says how the sizes do not fit the columns, where they do not. */
  static void requireFit(TrainingData data, int classColumn, NetworkOptions options) {
    int numColumns = data.variables().size();
    int wanted = options.sizes().get(0);
    boolean hasRoots = options.last() > 1;
    if (hasRoots && classColumn < 0) {
      throw new CircuitException(
          "network %s has %d roots, one a class; name the column of the class with --class, or end the network with 1"
              .formatted(options.shape(), options.last()));
    }
    if (hasRoots) {
      int states = ((Categorical) data.variables().get(classColumn)).numStates();
      if (states != options.last()) {
        throw new CircuitException(
            "network %s has %d roots; the class '%s' has %d states, expected one root a state"
                .formatted(
                    options.shape(),
                    options.last(),
                    data.variables().get(classColumn).name(),
                    states));
      }
    }
    int columns = hasRoots ? numColumns - 1 : numColumns;
    if (wanted != columns) {
      throw new CircuitException(
          "network %s reads %d inputs; the table has %d columns%s"
              .formatted(
                  options.shape(), wanted, columns, hasRoots ? " beside the class" : " in all"));
    }
  }

  private static void tie(Facts[] facts, double[] centre, double[] spread) {
    double mean = 0;
    double square = 0;
    for (Facts f : facts) {
      mean += f.mean / facts.length;
      square += (f.sd * f.sd + f.mean * f.mean) / facts.length;
    }
    double sd = Math.sqrt(Math.max(0, square - mean * mean));
    Arrays.fill(centre, mean);
    Arrays.fill(spread, sd > 0 ? sd : 1);
  }

  private static Facts facts(TrainingData data, int column, int[] rows) {
    double[] values = new double[rows.length];
    data.read(column, rows, 0, rows.length, values, 0);
    Variable variable = data.variables().get(column);
    double min = Double.POSITIVE_INFINITY;
    double max = Double.NEGATIVE_INFINITY;
    double sum = 0;
    int count = 0;
    for (int r = 0; r < values.length; r++) {
      values[r] = number(variable, values[r]);
      if (!Double.isNaN(values[r])) {
        min = Math.min(min, values[r]);
        max = Math.max(max, values[r]);
        sum += values[r];
        count++;
      }
    }
    if (count == 0) {
      throw new CircuitException("column '%s' has no value at all".formatted(variable.name()));
    }
    double mean = sum / count;
    double squares = 0;
    int atMin = 0;
    for (double value : values) {
      squares += Double.isNaN(value) ? 0 : (value - mean) * (value - mean);
      atMin += value == min ? 1 : 0;
    }
    return new Facts(min, max, mean, Math.sqrt(squares / count), (double) atMin / count);
  }

  /** What a Gaussian reads of a cell. */
  private static double number(Variable variable, double cell) {
    return variable instanceof Categorical categorical && !Double.isNaN(cell)
        ? categorical.code((int) cell)
        : cell;
  }

  private static List<ModelVariable> variables(List<Variable> all, int[] column, Facts[] facts) {
    double least = Arrays.stream(facts).mapToDouble(Facts::min).min().orElse(0);
    double most = Arrays.stream(facts).mapToDouble(Facts::max).max().orElse(0);
    long alike = Arrays.stream(facts).filter(f -> f.min == least && f.max == most).count();
    boolean isOneScale =
        least < most && alike >= FEWEST_ALIKE && alike >= SHARE_ALIKE * facts.length;
    List<ModelVariable> variables = new ArrayList<>();
    for (int k = 0; k < column.length; k++) {
      Variable variable = all.get(column[k]);
      if (!(variable instanceof Categorical)) {
        Facts f = facts[k];
        double range = f.max > f.min ? f.max - f.min : Math.max(1, Math.abs(f.min));
        boolean endsAtZero = f.min == 0 && f.shareAtMin >= SHARE_AT_ZERO;
        variable =
            Variable.real(
                variable.name(),
                isOneScale ? least : endsAtZero ? 0 : outward(f.min - WIDENING * range, range, -1),
                isOneScale ? most : outward(f.max + WIDENING * range, range, 1));
      }
      variables.add(ModelVariable.of(variable));
    }
    return variables;
  }

  /** A number of few digits, up or down by less than a hundredth of the range. */
  private static double outward(double end, double range, int direction) {
    int digits = (int) Math.floor(Math.log10(range)) - 2;
    BigDecimal rounded =
        new BigDecimal(end)
            .setScale(-digits, direction < 0 ? RoundingMode.FLOOR : RoundingMode.CEILING);
    return rounded.doubleValue();
  }

  /** Rows of a table that have every input, and the class where there are roots. */
  NetworkRows rows(TrainingData data) {
    NetworkRows rows = new NetworkRows(column.length);
    double[] row = new double[column.length];
    for (int r = 0; r < data.numRows(); r++) {
      boolean isWhole = true;
      for (int k = 0; k < row.length; k++) {
        double value = number(data.variables().get(column[k]), data.value(r, column[k]));
        isWhole &= !Double.isNaN(value);
        row[k] = (value - centre[k]) / spread[k];
      }
      double label = classColumn < 0 ? 0 : data.value(r, classColumn);
      if (isWhole && !Double.isNaN(label) && data.weight(r) > 0) {
        rows.add(row, (int) label, data.weight(r));
      }
    }
    return rows;
  }
}
