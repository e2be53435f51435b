package org.ugmm.compiler.build;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.ugmm.engine.Circuit;
import org.ugmm.engine.data.CircuitException;
import org.ugmm.engine.data.NodeKind;
import org.ugmm.engine.data.TrainingData;
import org.ugmm.engine.data.Variable;
import org.ugmm.engine.data.Variable.Categorical;

/**
 * Learns an exact circuit from a table: searches among structures and sizes, compares them on rows
 * kept back, and mixes the best.
 *
 * <pre>{@code
 * TrainingData data = TrainingData.of(variables, rows); // NaN where a cell is missing
 * Trained trained = Training.of(data).learn(TrainOptions.DEFAULT.withClassVariable("species"));
 * trained.circuit().save(Path.of("penguins.circuit"));
 * }</pre>
 *
 * <p>The same table, options and seed give the same bits on any number of threads, unless the clock
 * or the caller ends the search. Immutable and safe to share between threads.
 */
public final class Training {
  private static final int MOST_MEMBERS = 8;
  private static final double LEAST_WEIGHT = 0.02;

  /** How much worse a log-probability may be than the best. */
  private static final double FACTOR = 2;

  private static final int MOST_COLUMNS = 256;
  private static final double COLUMN_WORK = 1e9;

  private final TrainingData data;

  private Training(TrainingData data) {
    this.data = data;
  }

  /**
   * Training on a table.
   *
   * @throws CircuitException if it has no rows or no columns
   */
  public static Training of(TrainingData data) {
    if (data.numRows() == 0 || data.variables().isEmpty()) {
      throw new CircuitException(
          "%d rows of %d columns; expected at least one of each to learn from"
              .formatted(data.numRows(), data.variables().size()));
    }
    return new Training(data);
  }

  /**
   * Searches and learns.
   *
   * @throws CircuitException if the class is no categorical column, or a circuit to start from does
   *     not have the columns of the table
   */
  public Trained learn(TrainOptions options) {
    Circuit start = options.start();
    String className =
        options.classVariable() != null || start == null
            ? options.classVariable()
            : start.classVariable();
    int classVariable = classVariable(className);
    long seed = options.learn().seed();
    TrainingData valid = options.valid();
    Folds folds =
        valid == null
            ? Folds.of(data, classVariable, options.validFraction(), seed)
            : Folds.of(data, valid);
    Effort effort = new Effort(options.budget(), options.limitNanos(), options.stop());
    Path folder = options.checkpoints();
    Checkpoints checkpoints =
        folder == null ? null : new Checkpoints(folder, Fingerprint.of(data, options));
    List<TrainingData> tables = valid == null ? List.of(data) : List.of(data, valid);
    LeafChoice families = LeafChoice.of(tables);
    Fitter fitter = new Fitter(options, classVariable, families, effort, checkpoints);
    Judge judge = new Judge(folds, classVariable);
    if (folds.isRefit()) {
      effort.reserve(1.0 / (folds.size() + 1));
    }
    Search search = new Search(folds, judge, fitter, effort);
    if (start == null) {
      search.run(options.family(), options.states());
    } else if (options.isStartForgotten()) {
      search.runStructure(start);
    } else {
      search.run(start);
    }
    // a mixture of deterministic circuits is not deterministic
    boolean isOne = start != null || options.family().kind() == Family.Kind.FOREST;
    return mixed(search, folds, judge, fitter, effort, className, options.family(), isOne);
  }

  /** Removes what {@link TrainOptions#checkpoints} has kept in a folder, whatever the settings. */
  public static void forget(Path folder) {
    Checkpoints.delete(folder);
  }

  private int classVariable(@Nullable String name) {
    if (name == null) {
      return -1;
    }
    List<String> names = data.variables().stream().map(Variable::name).toList();
    int index = names.indexOf(name);
    if (index < 0 || !(data.variables().get(index) instanceof Categorical)) {
      throw new CircuitException(
          "class '%s' %s"
              .formatted(
                  name,
                  index < 0
                      ? "is no column; the columns are " + String.join(", ", names)
                      : "is real; expected a categorical column"));
    }
    return index;
  }

  private Trained mixed(
      Search search,
      Folds folds,
      Judge judge,
      Fitter fitter,
      Effort effort,
      @Nullable String className,
      Family family,
      boolean isOne) {
    List<Search.Tried> all = search.tried();
    Chosen best =
        isOne ? alone(all, all.indexOf(Search.bestAfterBaseline(all))) : chosen(all, judge);
    Trained.Gain gain = null;
    if (family.kind() == Family.Kind.AUTO && best.hasFullCovariances(all)) {
      Chosen rest =
          chosen(all.stream().filter(t -> !t.hasFullCovariances()).toList(), judge).in(all);
      gain = judge.gain(best.verdict, rest.verdict, all.get(0).verdict());
      if (!gain.isClear() || !judge.hasClass() && fillsStatesWorse(judge, folds, best, rest)) {
        best = rest;
        gain = null;
      }
    }
    int[] members = best.members;
    Judge.Verdict verdict = best.verdict;
    List<Search.Tried> chosen = Arrays.stream(members).mapToObj(all::get).toList();
    double[] shares = best.weight;
    Circuit seen = best.circuit(0);
    List<ColumnBits> columns = columns(all.get(0).circuits().get(0), seen, folds.valid().get(0));
    List<Circuit> circuits = new ArrayList<>();
    for (Search.Tried tried : chosen) {
      Circuit known = tried.circuits().get(0);
      Circuit refit =
          folds.isRefit() && !effort.isOver()
              ? fitter.fit(tried.recipe(), data, null, "all rows")
              : known;
      // one that was cut short knows less than one of fewer rows
      circuits.add(effort.isOver() ? known : refit);
    }
    Circuit circuit = Combine.mixture(circuits, shares);
    List<Candidate> candidates = new ArrayList<>();
    for (int i = 0; i < all.size(); i++) {
      int at = Arrays.binarySearch(members, i);
      candidates.add(all.get(i).candidate().withWeight(at >= 0 ? shares[at] : 0));
    }
    return new Trained(
        className == null ? circuit : circuit.withClassVariable(className),
        candidates,
        columns,
        all.get(0).candidate().valid(),
        judge.valid(verdict),
        judge.numRows(),
        judge.hasClass() ? judge.accuracy(verdict) : null,
        gain,
        effort.isOver());
  }

  /**
   * What the model is a mixture of.
   *
   * @param of what was tried
   * @param members indices of those that have a share, rising
   * @param weight [members]
   */
  private record Chosen(
      List<Search.Tried> of, int[] members, double[] weight, Judge.Verdict verdict) {
    boolean hasFullCovariances(List<Search.Tried> all) {
      return IntStream.of(members).anyMatch(i -> all.get(i).hasFullCovariances());
    }

    /** [folds] */
    List<Circuit> circuits(int numFolds) {
      return IntStream.range(0, numFolds).mapToObj(this::circuit).toList();
    }

    /** What it learned from the rows of a fold. */
    Circuit circuit(int fold) {
      return Combine.mixture(
          Arrays.stream(members).mapToObj(i -> of.get(i).circuits().get(fold)).toList(), weight);
    }

    /** The same by the indices of a longer list. */
    Chosen in(List<Search.Tried> all) {
      int[] at = IntStream.of(members).map(i -> all.indexOf(of.get(i))).toArray();
      return new Chosen(all, at, weight, verdict);
    }
  }

  /** Joint densities do not show it where reals are many. */
  private static boolean fillsStatesWorse(Judge judge, Folds folds, Chosen best, Chosen rest) {
    return judge.gainOfStates(rest.circuits(folds.size()), best.circuits(folds.size())).isClear();
  }

  private static Chosen alone(List<Search.Tried> all, int index) {
    return new Chosen(all, new int[] {index}, new double[] {1}, all.get(index).verdict());
  }

  /** The mixture that is best on the rows kept back, or the best alone. */
  private static Chosen chosen(List<Search.Tried> all, Judge judge) {
    int[] members = promising(all, judge);
    double[] weight = weights(judge, all, members);
    while (members.length > 1) {
      double[] w = weight;
      int[] m = members;
      int[] kept =
          IntStream.range(0, m.length)
              .boxed()
              .sorted(Comparator.comparingDouble((Integer i) -> -w[i]))
              .limit(MOST_MEMBERS)
              .filter(i -> w[i] >= LEAST_WEIGHT)
              .mapToInt(i -> m[i])
              .sorted()
              .toArray();
      if (kept.length == members.length) {
        break;
      }
      members = kept;
      weight = weights(judge, all, members);
    }
    Judge.Verdict verdict = verdict(judge, all, members, weight);
    Search.Tried best = Search.bestAfterBaseline(all);
    boolean isBetter = judge.merit(verdict, all.get(0).verdict()) > best.merit();
    return members.length > 1 && !isBetter
        ? alone(all, all.indexOf(best))
        : new Chosen(all, members, weight, verdict);
  }

  /**
   * Candidates that may be mixed. For classes only the best few: a model that knows little of them
   * would be mixed in for being unsure.
   */
  private static int[] promising(List<Search.Tried> all, Judge judge) {
    if (!judge.hasClass()) {
      return IntStream.range(0, all.size()).toArray();
    }
    double[] merit = all.stream().mapToDouble(t -> judge.classMerit(t.verdict())).toArray();
    double best = Arrays.stream(merit).max().orElseThrow();
    return IntStream.range(0, merit.length).filter(i -> !(merit[i] < FACTOR * best)).toArray();
  }

  private static Judge.Verdict verdict(
      Judge judge, List<Search.Tried> all, int[] members, double[] weight) {
    return judge.mixed(Arrays.stream(members).mapToObj(i -> all.get(i).verdict()).toList(), weight);
  }

  private static double[] weights(Judge judge, List<Search.Tried> all, int[] members) {
    return judge.weights(Arrays.stream(members).mapToObj(i -> all.get(i).verdict()).toList());
  }

  /** On as many rows as are quick to evaluate once a column. */
  private List<ColumnBits> columns(Circuit baseline, Circuit model, TrainingData valid) {
    int numColumns = Math.min(MOST_COLUMNS, data.variables().size());
    double most = COLUMN_WORK / (model.numEdges() + ofBlocks(model) + 1) / numColumns;
    int count = (int) Math.max(1, Math.min(valid.numRows(), most));
    int[] rows = new int[count];
    for (int i = 0; i < count; i++) {
      rows[i] = (int) ((long) i * valid.numRows() / count);
    }
    TrainingData some = valid.select(rows);
    Rows alone = new Rows(baseline, some);
    Rows given = new Rows(model, some);
    double[] aloneLogs = alone.logs();
    double[] givenLogs = given.logs();
    List<ColumnBits> bits = new ArrayList<>();
    for (int v = 0; v < numColumns; v++) {
      int missing = 0;
      for (int r = 0; r < data.numRows(); r++) {
        missing += Double.isNaN(data.value(r, v)) ? 1 : 0;
      }
      bits.add(
          new ColumnBits(
              data.variables().get(v).name(),
              bits(aloneLogs, alone.logsWithout(v), some, v),
              bits(givenLogs, given.logsWithout(v), some, v),
              (double) missing / data.numRows()));
    }
    return bits;
  }

  /** What a row takes for Gaussians over several variables, in weights: a factor each. */
  private static double ofBlocks(Circuit model) {
    double work = 0;
    for (int n = 0; n < model.numNodes(); n++) {
      work += model.kind(n) == NodeKind.GAUSSIAN_BLOCK ? 10.0 * model.numParameters(n) : 0;
    }
    return work;
  }

  private static double bits(double[] with, double[] without, TrainingData rows, int column) {
    double sum = 0;
    int count = 0;
    for (int r = 0; r < with.length; r++) {
      double log = with[r] - without[r];
      if (!Double.isNaN(rows.value(r, column)) && !Double.isNaN(log)) {
        sum -= log / Math.log(2);
        count++;
      }
    }
    return count == 0 ? Double.NaN : sum / count;
  }
}
