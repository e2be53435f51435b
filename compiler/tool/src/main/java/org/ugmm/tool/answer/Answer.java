package org.ugmm.tool.answer;

import java.util.List;
import org.ugmm.engine.Evidence;
import org.ugmm.engine.Inference;
import org.ugmm.engine.data.Certificate;
import org.ugmm.engine.data.Certificate.Enclosed;
import org.ugmm.engine.data.Certificate.Exact;
import org.ugmm.engine.data.LogProbability;
import org.ugmm.engine.data.MpeAnswer;
import org.ugmm.engine.data.Posterior;
import org.ugmm.engine.formula.Formula;

/** The answer of one question about one set of evidence. */
public sealed interface Answer {
  /** A log-density or log-marginal. */
  record Log(LogProbability log) implements Answer {}

  /** The posterior of a variable. */
  record Distribution(Posterior posterior) implements Answer {}

  /**
   * Probabilities of the joint states of some variables.
   *
   * @param variables their indices
   * @param states row-major [joint states][variables], indices of states
   * @param probabilities [joint states] linear, with what is proven of each
   */
  record Joint(int[] variables, int[][] states, List<LogProbability> probabilities)
      implements Answer {}

  /** The most probable explanations, the most probable first. */
  record Explanations(List<MpeAnswer> best) implements Answer {
    /** An explanation with its density given the formula of the evidence, where there is one. */
    static MpeAnswer given(MpeAnswer of, Inference inference, Evidence evidence) {
      Formula formula = evidence.formula();
      if (formula == null) {
        return of;
      }
      LogProbability holds = inference.marginal(new Evidence(evidence.circuit()).where(formula));
      double log = of.logValue() - holds.value();
      double upper = of.logUpperBound() - low(holds);
      double slack = 4 * Math.ulp(Math.max(1, Math.abs(of.logValue()) + Math.abs(holds.value())));
      Certificate certificate =
          of.certificate() instanceof Exact a && holds.certificate() instanceof Exact b
              ? new Exact(1.01 * (a.relativeErrorBound() + b.relativeErrorBound()) + 2 * slack)
              : new Enclosed(low(of) - high(holds) - slack, upper + slack);
      return new MpeAnswer(
          of.assignment(), log, Math.max(log, upper + slack), true, certificate, of.boxes());
    }

    private static double low(MpeAnswer of) {
      return of.certificate() instanceof Enclosed in ? in.lo() : of.logValue();
    }

    private static double low(LogProbability of) {
      return of.certificate() instanceof Exact exact
          ? of.value() - exact.relativeErrorBound()
          : ((Enclosed) of.certificate()).lo();
    }

    private static double high(LogProbability of) {
      return of.certificate() instanceof Exact exact
          ? of.value() + exact.relativeErrorBound()
          : ((Enclosed) of.certificate()).hi();
    }
  }

  /**
   * The most probable values of some variables.
   *
   * @param variables their indices
   * @param best whose assignment has one value for each of them
   */
  record Chosen(int[] variables, MpeAnswer best) implements Answer {}

  /**
   * Drawn rows.
   *
   * @param rows row-major [count][variables]
   */
  record Samples(double[] rows) implements Answer {}
}
