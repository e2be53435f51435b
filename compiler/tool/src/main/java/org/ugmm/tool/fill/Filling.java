package org.ugmm.tool.fill;

import de.siegmar.fastcsv.writer.CsvWriter;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.ugmm.compiler.Compilation;
import org.ugmm.engine.Circuit;
import org.ugmm.engine.Evidence;
import org.ugmm.engine.Inference;
import org.ugmm.engine.PosteriorEvaluator;
import org.ugmm.engine.data.ArgumentException;
import org.ugmm.engine.data.CategoricalPosterior;
import org.ugmm.engine.data.Certificate;
import org.ugmm.engine.data.GaussianMixture;
import org.ugmm.engine.data.MpeAnswer;
import org.ugmm.engine.data.Posterior;
import org.ugmm.engine.data.RealMoments;
import org.ugmm.engine.data.RefusedException;
import org.ugmm.engine.data.Variable.Categorical;
import org.ugmm.engine.data.Why;
import org.ugmm.engine.mixture.LeafMixture;
import org.ugmm.tool.out.Refusal;
import org.ugmm.tool.out.Words;
import org.ugmm.tool.run.Outcomes.Status;
import org.ugmm.tool.run.RowWork;
import org.ugmm.tool.run.TableRun;
import org.ugmm.tool.table.Rows;

/** Fills the holes of every row of a table. */
public final class Filling implements RowWork<Filled> {
  /*
   * Means and states come from one pass up and one down over many rows at once. What that does not
   * vouch for, and all else, is asked row by row: the posteriors of all holes of a row together.
   */
  private final Compilation model;
  private final Circuit circuit;
  private final With with;
  private final FillLayout layout;
  private final Inference inference;
  private final @Nullable PosteriorEvaluator evaluator;
  private final FillSummary summary;

  /** [variables] whether a hole of the variable is filled. */
  private final boolean[] isFilled;

  /**
   * Prepares to fill.
   *
   * @param inference what a row that stands alone may have, and cost; its seed is that of draws
   */
  public Filling(Compilation model, Inference inference, With with, FillLayout layout) {
    this(
        model,
        inference,
        with,
        layout,
        with.kind() == With.Kind.MEAN && model.circuit().structure().isTractable()
            ? new PosteriorEvaluator(model.circuit())
            : null,
        new FillSummary());
  }

  private Filling(
      Compilation model,
      Inference inference,
      With with,
      FillLayout layout,
      @Nullable PosteriorEvaluator evaluator,
      FillSummary summary) {
    this.model = model;
    this.inference = inference;
    this.with = with;
    this.layout = layout;
    this.evaluator = evaluator;
    this.summary = summary;
    circuit = model.circuit();
    isFilled = new boolean[circuit.numVariables()];
    for (int v : layout.bound()) {
      isFilled[v] = true;
    }
  }

  /** What was filled. */
  public FillSummary summary() {
    return summary;
  }

  @Override
  public Filling fork() {
    PosteriorEvaluator mine = evaluator == null ? null : evaluator.fork();
    return new Filling(model, inference, with, layout, mine, summary);
  }

  @Override
  public byte[] head() {
    return layout.head();
  }

  @Override
  public byte[] text(Filled filled, boolean isFirst) {
    return layout.bytes(filled.text);
  }

  @Override
  public void add(Filled filled) {
    summary.add(filled);
  }

  @Override
  public byte[] foot(boolean isEmpty) {
    return new byte[0];
  }

  @Override
  public Filled answer(Rows rows) {
    int n = circuit.numVariables();
    Filled filled = new Filled(rows);
    CsvWriter csv = layout.writer(filled.text);
    double[] values = rows.values();
    int[] position = new int[rows.numRows()]; // among the rows with holes
    int numOpen = 0;
    for (int r = 0; r < position.length; r++) {
      position[r] = rows.errors()[r] == null && countHoles(values, r * n) > 0 ? numOpen++ : -1;
    }
    double[] found = inBulk(values, position, numOpen);
    for (int r = 0; r < position.length; r++) {
      TableRun.requireWanted();
      double[] fill = new double[with.draws() * n];
      double[] doubt = new double[fill.length];
      Arrays.fill(fill, Double.NaN);
      Arrays.fill(doubt, Double.NaN);
      boolean isInBulk = position[r] >= 0 && found != null;
      if (position[r] >= 0 && !(isInBulk && read(found, position[r], values, r, fill, doubt))) {
        Arrays.fill(fill, Double.NaN);
        Arrays.fill(doubt, Double.NaN);
        alone(filled, r, fill, doubt);
      }
      int cells = 0;
      for (int v = 0; v < n; v++) {
        cells += Double.isNaN(fill[v]) ? 0 : 1;
      }
      filled.numCells += cells;
      filled.numFilledRows += cells > 0 ? 1 : 0;
      for (int d = 0; d < with.draws(); d++) {
        layout.write(csv, filled, r, d + 1, fill, doubt, d * n);
      }
    }
    return filled;
  }

  private int countHoles(double[] values, int from) {
    int holes = 0;
    for (int v = 0; v < isFilled.length; v++) {
      holes += isFilled[v] && Double.isNaN(values[from + v]) ? 1 : 0;
    }
    return holes;
  }

  /** The posteriors of all rows with holes; null where they are asked one by one. */
  private double @Nullable [] inBulk(double[] values, int[] position, int numOpen) {
    if (evaluator == null || numOpen == 0) {
      return null;
    }
    int n = circuit.numVariables();
    double[] open = new double[numOpen * n];
    for (int r = 0; r < position.length; r++) {
      if (position[r] >= 0) {
        System.arraycopy(values, r * n, open, position[r] * n, n);
      }
    }
    double[] found = new double[numOpen * evaluator.numColumns()];
    try {
      evaluator.posteriors(open, numOpen, found);
      return found;
    } catch (RefusedException | ArgumentException e) {
      return null; // each row alone says which
    }
  }

  /** Takes means and states; false where a posterior is none, as of evidence that cannot be. */
  private boolean read(
      double @Nullable [] found,
      int position,
      double[] values,
      int row,
      double[] fill,
      double[] doubt) {
    if (evaluator == null || found == null) {
      return false;
    }
    int n = circuit.numVariables();
    for (int v = 0; v < n; v++) {
      if (!isFilled[v] || !Double.isNaN(values[row * n + v])) {
        continue;
      }
      int at = position * evaluator.numColumns() + evaluator.column(v);
      if (circuit.variables().get(v) instanceof Categorical categorical) {
        int best = 0;
        for (int s = 1; s < categorical.numStates(); s++) {
          best = found[at + s] > found[at + best] ? s : best;
        }
        fill[v] = best;
        doubt[v] = found[at + best];
      } else {
        fill[v] = found[at];
        doubt[v] = Math.sqrt(found[at + 1]);
      }
      if (!(doubt[v] > 0)) {
        return false;
      }
    }
    return true;
  }

  /** Fills one row, or says why not. */
  private void alone(Filled filled, int row, double[] fill, double[] doubt) {
    int n = circuit.numVariables();
    try {
      Evidence evidence = new Evidence(circuit).row(filled.rows().values(), row * n);
      @Nullable Posterior[] of = new Posterior[n];
      boolean needsPosteriors =
          layout.hasDoubt() || with.kind() != With.Kind.MPE && !with.isDrawn();
      if (needsPosteriors) {
        for (Posterior posterior : inference.posteriors(evidence)) {
          of[circuit.indexOf(posterior.variable().name())] = posterior;
        }
      }
      double[] together = together(filled, row, evidence);
      for (int v = 0; v < n; v++) {
        if (isFilled[v] && Double.isNaN(filled.rows().values()[row * n + v])) {
          put(filled, row, v, of[v], together, fill, doubt);
        }
      }
    } catch (ArgumentException e) {
      none(fill, doubt);
      filled.mark(row, Status.ERROR, e.problem());
    } catch (RefusedException e) {
      none(fill, doubt);
      filled.mark(row, Status.REFUSED, Refusal.words(e, model.analysis()));
    }
  }

  private static void none(double[] fill, double[] doubt) {
    Arrays.fill(fill, Double.NaN);
    Arrays.fill(doubt, Double.NaN);
  }

  /**
   * The values of all holes found together, [draws][variables]; empty where each is found alone.
   */
  private double[] together(Filled filled, int row, Evidence evidence) {
    if (with.isDrawn()) {
      // the line of the row, so that a row has the same draws whoever draws them
      long line = filled.rows().records().get(row).getStartingLineNumber();
      long first = line * with.draws();
      return inference.sample(evidence, first, with.draws(), inference.options().seed());
    }
    if (with.kind() == With.Kind.MPE) {
      MpeAnswer best = inference.mpe(evidence);
      certify(filled, row, best.certificate());
      return best.assignment();
    }
    return new double[0];
  }

  private void put(
      Filled filled,
      int row,
      int v,
      @Nullable Posterior posterior,
      double[] together,
      double[] fill,
      double[] doubt) {
    int n = circuit.numVariables();
    for (int d = 0; d < with.draws(); d++) {
      int at = d * n + v;
      if (together.length > 0) {
        fill[at] = together[at];
      } else if (posterior != null) {
        fill[at] = value(posterior);
      }
      if (posterior != null && layout.hasDoubt()) {
        doubt[at] = doubt(posterior, fill[at]);
      }
    }
    if (posterior != null) {
      certify(filled, row, posterior.certificate());
    }
  }

  private static void certify(Filled filled, int row, Certificate certificate) {
    Status status = Status.of(certificate);
    boolean isNews = status.compareTo(filled.status(row)) > 0;
    filled.mark(row, status, isNews ? Words.note(certificate) : "");
  }

  private double value(Posterior posterior) {
    if (posterior instanceof CategoricalPosterior states) {
      return states.mostProbable();
    }
    if (posterior instanceof RealMoments moments && with.kind() == With.Kind.MEAN) {
      return moments.mean();
    }
    if (posterior instanceof LeafMixture mixture && with.kind() != With.Kind.MODE) {
      return with.kind() == With.Kind.MEDIAN ? mixture.quantile(0.5) : mixture.mean();
    }
    if (posterior instanceof GaussianMixture mixture) {
      return switch (with.kind()) {
        case MEDIAN -> mixture.quantile(0.5);
        case MODE -> mode(mixture);
        default -> mixture.mean();
      };
    }
    String name = posterior.variable().name();
    throw new RefusedException(
        "",
        Why.of(
            Why.Reason.NO_CLOSED_FORM,
            "%s of variable '%s' %s known"
                .formatted(
                    posterior instanceof LeafMixture
                        ? "mean, variance and quantiles, but no modes,"
                        : "only the mean and the variance",
                    name,
                    "are"),
            name),
        posterior instanceof LeafMixture ? "fill with median or mpe" : "fill with mean");
  }

  /** The highest mode; the mean where all points are as high. */
  private static double mode(GaussianMixture mixture) {
    double best = mixture.mean();
    double highest = Double.NEGATIVE_INFINITY;
    for (double mode : mixture.modes()) {
      double log = mixture.logDensity(mode);
      if (log > highest) {
        highest = log;
        best = mode;
      }
    }
    return best;
  }

  private static double doubt(Posterior posterior, double fill) {
    if (posterior instanceof CategoricalPosterior states) {
      return states.probability((int) fill);
    }
    return Math.sqrt(
        posterior instanceof Posterior.Numeric mixture
            ? mixture.variance()
            : ((RealMoments) posterior).variance());
  }
}
