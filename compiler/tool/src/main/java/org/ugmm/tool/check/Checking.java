package org.ugmm.tool.check;

import java.util.Arrays;
import org.ugmm.compiler.Compilation;
import org.ugmm.engine.Batch;
import org.ugmm.engine.BatchAnswers;
import org.ugmm.engine.Evidence;
import org.ugmm.engine.Inference;
import org.ugmm.engine.data.ArgumentException;
import org.ugmm.engine.data.CategoricalPosterior;
import org.ugmm.engine.data.Posterior;
import org.ugmm.engine.data.RefusedException;
import org.ugmm.engine.data.Why;
import org.ugmm.tool.out.Refusal;
import org.ugmm.tool.run.Outcomes.Status;
import org.ugmm.tool.run.RowWork;
import org.ugmm.tool.run.TableRun;
import org.ugmm.tool.table.Rows;

/** Asks a model what it thinks of every row of a table. */
public final class Checking implements RowWork<Checked> {
  /** States and rows whose logs are this close are as probable. */
  static final double ALIKE = 1e-9;

  private final Compilation model;
  private final Inference inference;
  private final Tails tails;
  private final Findings findings;

  /**
   * Prepares to check.
   *
   * @param samples rows to draw from the model
   * @throws RefusedException if the model cannot be drawn from
   */
  public Checking(Compilation model, Inference inference, int samples) {
    this(model, inference, new Tails(inference, samples), new Findings(model, samples));
  }

  private Checking(Compilation model, Inference inference, Tails tails, Findings findings) {
    this.model = model;
    this.inference = inference;
    this.tails = tails;
    this.findings = findings;
  }

  /** The same for another table, with the same drawn rows. */
  public Checking ofAnother() {
    return new Checking(model, inference, tails, new Findings(model, tails.count()));
  }

  /** What was found. */
  public Findings findings() {
    return findings;
  }

  @Override
  public Checking fork() {
    return this; // safe to share
  }

  @Override
  public byte[] head() {
    return new byte[0];
  }

  @Override
  public byte[] text(Checked checked, boolean isFirst) {
    return new byte[0];
  }

  @Override
  public byte[] foot(boolean isEmpty) {
    return new byte[0];
  }

  @Override
  public void add(Checked checked) {
    findings.add(checked);
  }

  @Override
  public Checked answer(Rows rows) {
    int n = model.circuit().numVariables();
    Checked checked = new Checked(rows, n);
    if (rows.numRows() == 0) {
      return checked;
    }
    BatchAnswers logs = inference.marginal(Batch.of(model.circuit(), rows.values()));
    for (int r = 0; r < rows.numRows(); r++) {
      TableRun.requireWanted();
      if (rows.errors()[r] != null) {
        continue;
      }
      if (logs.problem(r) instanceof RefusedException refused) {
        checked.mark(r, Status.REFUSED, Refusal.words(refused, model.analysis()));
        continue;
      } else if (logs.problem(r) instanceof ArgumentException wrong) {
        checked.mark(r, Status.ERROR, wrong.problem());
        continue;
      }
      checked.log[r] = logs.value(r, 0);
      checked.tail[r] = tails.tail(rows.values(), r * n, checked.log[r]);
      checked.mark(r, Status.ESTIMATED, "");
      if (checked.log[r] == Double.NEGATIVE_INFINITY) {
        checked.mark(r, Status.ESTIMATED, "impossible: the row has probability zero");
      }
      cells(rows, r, checked);
    }
    return checked;
  }

  /** The cells of a row, each given the others. */
  private void cells(Rows rows, int row, Checked checked) {
    int n = model.circuit().numVariables();
    double[] values = Arrays.copyOfRange(rows.values(), row * n, (row + 1) * n);
    Evidence all = new Evidence(model.circuit()).row(values, 0);
    for (int v = 0; v < n; v++) {
      TableRun.requireWanted();
      if (Double.isNaN(values[v])) {
        continue;
      }
      all.unobserve(v);
      try {
        checked.cells[row * n + v] = logTail(inference.posterior(v, all), values[v]);
      } catch (RefusedException e) {
        boolean isZero = e.why().reason() == Why.Reason.ZERO_PROBABILITY;
        if (!isZero) { // else the others rule themselves out, and nothing follows for this cell
          checked.mark(row, Status.ESTIMATED, Refusal.words(e, model.analysis()));
        }
      } catch (ArgumentException e) {
        checked.cells[row * n + v] = Double.NaN; // no leaf: the model says nothing of it
      }
      all.observe(v, values[v]);
    }
  }

  /**
   * The natural log of how likely a value is at most as usual: further out on its side, twice; a
   * state as rare. NaN where only moments are known.
   */
  static double logTail(Posterior posterior, double value) {
    if (posterior instanceof CategoricalPosterior states) {
      double own = states.logProbability((int) value);
      double sum = 0;
      for (int s = 0; s < states.probabilities().length; s++) {
        double log = states.logProbability(s);
        sum += log <= own + ALIKE ? Math.exp(log - own) : 0; // own is at most 0, so no overflow
      }
      return own == Double.NEGATIVE_INFINITY ? own : Math.min(0, own + Math.log(sum));
    }
    if (posterior instanceof Posterior.Numeric number) {
      double below = number.logProbability(Double.NEGATIVE_INFINITY, value);
      double above = number.logProbability(value, Double.POSITIVE_INFINITY);
      return Math.min(0, Math.log(2) + Math.min(below, above));
    }
    return Double.NaN;
  }
}
