package org.ugmm.engine;

import java.util.Arrays;
import java.util.stream.IntStream;
import org.ugmm.engine.data.ArgumentException;
import org.ugmm.engine.data.Budget;
import org.ugmm.engine.data.Certificate;
import org.ugmm.engine.data.Certificate.Enclosed;
import org.ugmm.engine.data.Certificate.Exact;
import org.ugmm.engine.data.InferenceOptions;
import org.ugmm.engine.data.LogProbability;
import org.ugmm.engine.data.MpeAnswer;
import org.ugmm.engine.data.Normaliser;
import org.ugmm.engine.data.RefusedException;
import org.ugmm.engine.data.Variable.Categorical;
import org.ugmm.engine.data.Why;
import org.ugmm.engine.exact.LogEvaluator;
import org.ugmm.engine.flat.ClosedFormVariables;
import org.ugmm.engine.flat.FlatCircuit;
import org.ugmm.engine.mpe.BestFirst;
import org.ugmm.engine.mpe.ChosenBound;
import org.ugmm.engine.mpe.Incumbent;
import org.ugmm.engine.number.Rounding;

/**
 * Marginal MAP: by branch and bound where the circuit has no links and sums the other variables out
 * in one pass, by running through the joint states elsewhere, and as an MPE where all that is open
 * is asked for. Safe to share between threads.
 */
final class MapQueries {
  /** Most joint states that are run through one by one. */
  private static final int MAX_JOINT_STATES = 4096;

  /** A box of a circuit of this many edges more counts as one more box. */
  private static final int EDGES_OF_BOX = 500;

  private final Inference inference;
  private final FlatCircuit c;
  private final InferenceOptions options;
  private final ClosedFormVariables closedForm;

  MapQueries(Inference inference, ClosedFormVariables closedForm) {
    this.inference = inference;
    this.closedForm = closedForm;
    c = inference.circuit().flat;
    options = inference.options();
  }

  /** As {@link Inference#marginalMap}; the variables are open and have leaves. */
  MarginalMap find(int[] chosen, Evidence e) {
    int[] open = IntStream.range(0, c.numVariables()).filter(v -> !e.isPoint(v)).toArray();
    if (Arrays.equals(open, IntStream.of(chosen).sorted().toArray())) {
      return ofMpe(chosen, inference.mpe(e));
    }
    for (int v : chosen) {
      if (!(c.variables.get(v) instanceof Categorical)) {
        throw new RefusedException(
            "",
            Why.of(
                Why.Reason.NO_CLOSED_FORM,
                "the most probable values of some variables are found among states, and '%s' is real"
                    .formatted(c.variables.get(v).name()),
                c.variables.get(v).name()),
            "ask for categorical variables, for all unknown ones (the MPE), or for the posterior of"
                + " it");
      }
    }
    MarginalMap answer = canSearch(chosen, e) ? bySearch(chosen, e) : byEnumeration(chosen, e);
    if (!options.allows(answer.certificate().kind())) {
      throw Ladder.notAllowed(answer.logValue(), answer.logUpperBound());
    }
    return answer;
  }

  private static MarginalMap ofMpe(int[] chosen, MpeAnswer mpe) {
    return new MarginalMap(
        chosen,
        IntStream.of(chosen).mapToDouble(v -> mpe.assignment()[v]).toArray(),
        mpe.logValue(),
        mpe.logUpperBound(),
        mpe.normalised(),
        mpe.certificate(),
        mpe.boxes());
  }

  private boolean canSearch(int[] chosen, Evidence e) {
    boolean isClosed = !c.structure().hasLinks() && e.formula() == null;
    for (int v = 0; v < c.numVariables() && isClosed; v++) {
      int variable = v;
      boolean isChosen = IntStream.of(chosen).anyMatch(w -> w == variable);
      isClosed = isChosen || e.isPoint(v) || closedForm.whyNot(v) == null;
    }
    return isClosed;
  }

  private MarginalMap bySearch(int[] chosen, Evidence e) {
    LogEvaluator evaluator = new LogEvaluator(c);
    ChosenBound bound = new ChosenBound(c, evaluator, chosen, e.flat);
    Incumbent incumbent = new Incumbent(chosen.length);
    bound.ascend(incumbent);
    BestFirst search = new BestFirst(bound, incumbent, 0.9 * options.tolerance());
    long edges = Math.max(1, c.numEdges() / EDGES_OF_BOX);
    Budget budget = options.budget();
    double upper = search.search(bound.root(), budget.withBoxes(budget.boxes() / edges));
    if (incumbent.value == Double.NEGATIVE_INFINITY) {
      if (upper == Double.NEGATIVE_INFINITY) {
        throw RefusedException.zeroProbability();
      }
      throw new RefusedException(
          "",
          Why.of(
              Why.Reason.BUDGET,
              "no values of positive probability were found within %d boxes"
                  .formatted(search.boxes())),
          "raise the budget");
    }
    double log = evaluator.upward(bound.at(incumbent.point));
    double error = evaluator.logErrorBound();
    int[] order = bound.variables();
    double[] values = new double[chosen.length];
    for (int i = 0; i < values.length; i++) {
      int at = i;
      int d =
          IntStream.range(0, order.length)
              .filter(k -> order[k] == chosen[at])
              .findFirst()
              .orElseThrow();
      values[i] = incumbent.point[d];
    }
    Normaliser z = inference.circuit().normaliser();
    double rounding = 2 * Rounding.U * (Math.abs(log) + Math.abs(z.logZ()) + Math.abs(upper));
    double value = log - z.logZ();
    return answer(
        chosen,
        values,
        value,
        error + z.relativeErrorBound() + rounding,
        upper - z.logZ() + z.relativeErrorBound() + rounding,
        z.isKnown(),
        search.boxes());
  }

  private MarginalMap answer(
      int[] chosen,
      double[] values,
      double value,
      double error,
      double upper,
      boolean normalised,
      long boxes) {
    double logUpperBound = Math.max(value, upper);
    double gap = logUpperBound - value;
    Certificate certificate =
        gap <= options.tolerance() && error < Certificate.LARGEST_ROUNDING
            ? new Exact(Math.expm1(Math.max(error, gap)))
            : new Enclosed(value - error, Math.max(value + error, logUpperBound));
    return new MarginalMap(chosen, values, value, logUpperBound, normalised, certificate, boxes);
  }

  /** Asks for the marginal of every joint state. */
  private MarginalMap byEnumeration(int[] chosen, Evidence e) {
    int[] numStates =
        IntStream.of(chosen).map(v -> ((Categorical) c.variables.get(v)).numStates()).toArray();
    double count = IntStream.of(numStates).asDoubleStream().reduce(1, (a, b) -> a * b);
    if (count > MAX_JOINT_STATES) {
      throw new RefusedException(
          "",
          Why.of(
              Why.Reason.TOO_MANY_STATES,
              "the variables have %.0f joint states, of which each is a query of its own here"
                  .formatted(count)),
          "ask for variables with at most %d joint states".formatted(MAX_JOINT_STATES));
    }
    double[] values = new double[chosen.length];
    double best = Double.NEGATIVE_INFINITY;
    double error = 0;
    double upper = Double.NEGATIVE_INFINITY;
    boolean normalised = true;
    for (int j = 0; j < count; j++) {
      Evidence at = e.copy();
      double[] states = new double[chosen.length];
      double soft = 0;
      int rest = j;
      for (int i = 0; i < chosen.length; i++) {
        int s = rest % numStates[i];
        states[i] = s;
        rest /= numStates[i];
        double[] likelihood = e.flat.logLikelihood[chosen[i]];
        soft += e.isUnobserved(chosen[i]) ? 0 : likelihood[s];
        at.unobserve(chosen[i]).observe(chosen[i], s);
      }
      if (soft == Double.NEGATIVE_INFINITY) {
        continue;
      }
      LogProbability p = inference.marginal(at);
      double log = p.value() + soft;
      double slack = 4 * Rounding.U * (Math.abs(p.value()) + Math.abs(soft));
      double above =
          p.certificate() instanceof Exact exact
              ? exact.relativeErrorBound() + slack
              : ((Enclosed) p.certificate()).hi() - p.value() + slack;
      double below = p.certificate() instanceof Enclosed in ? p.value() - in.lo() + slack : above;
      normalised &= p.normalised();
      if (log == Double.NEGATIVE_INFINITY) {
        continue;
      }
      upper = Math.max(upper, log + above);
      if (log > best) {
        best = log;
        values = states;
        error = Math.max(above, below);
      }
    }
    if (best == Double.NEGATIVE_INFINITY) {
      throw RefusedException.zeroProbability();
    }
    return answer(chosen, values, best, error, upper, normalised, (long) count);
  }

  /** Checks what is asked for. */
  static void requireDistinct(int[] chosen, FlatCircuit c) {
    if (chosen.length == 0) {
      throw new ArgumentException("no variable is asked for; expected at least one");
    }
    int[] sorted = IntStream.of(chosen).sorted().toArray();
    for (int i = 1; i < sorted.length; i++) {
      if (sorted[i] == sorted[i - 1]) {
        String name = c.variables.get(sorted[i]).name();
        throw new ArgumentException("variable '%s' is asked for twice".formatted(name), name);
      }
    }
  }
}
