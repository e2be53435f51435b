package org.ugmm.engine;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.ugmm.engine.Attempt.Found;
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
import org.ugmm.engine.flat.FlatEvidence;
import org.ugmm.engine.logic.Cubes;
import org.ugmm.engine.logic.Diagram;
import org.ugmm.engine.mpe.BestFirst;
import org.ugmm.engine.mpe.ChosenBound;
import org.ugmm.engine.mpe.Incumbent;
import org.ugmm.engine.mpe.MarginalCircuit;
import org.ugmm.engine.number.Rounding;

/**
 * Marginal MAP: of states by branch and bound where the circuit has no links and sums the other
 * variables out in one pass, by running through the joint states elsewhere; with reals, or where
 * all that is open is asked for, as an MPE. Safe to share between threads.
 */
final class MapQueries {
  /** Most joint states that are run through one by one. */
  private static final int MAX_JOINT_STATES = 4096;

  /** Edges of the circuits that are added up for the cubes of a formula. */
  private static final double MAX_SUMMED_EDGES = 2e6;

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
    boolean hasReals =
        IntStream.of(chosen).anyMatch(v -> !(c.variables.get(v) instanceof Categorical));
    if (hasReals) {
      return bySummingOut(chosen, e);
    }
    return allowed(canSearch(chosen, e) ? bySearch(chosen, e) : byEnumeration(chosen, e));
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
    return e.formula() == null && whyNotSummedOut(chosen, e) == null;
  }

  /** Why the variables that are not chosen are not summed out in one pass; null where they are. */
  private @Nullable Why whyNotSummedOut(int[] chosen, Evidence e) {
    if (c.structure().hasLinks()) {
      return Why.of(
          Why.Reason.NO_CLOSED_FORM,
          "the circuit has Gaussian links, through which nothing is summed out");
    }
    for (int v = 0; v < c.numVariables(); v++) {
      int variable = v;
      boolean isChosen = IntStream.of(chosen).anyMatch(w -> w == variable);
      if (!isChosen && !e.isPoint(v) && closedForm.whyNot(v) != null) {
        return closedForm.whyNot(v);
      }
    }
    return null;
  }

  /**
   * The MPE of the circuit over the chosen variables alone. What a formula says is summed over its
   * cubes, which may part chosen states and leave chosen reals as they are.
   */
  private MarginalMap bySummingOut(int[] chosen, Evidence e) {
    c.requireNoBlocks(
        "the search for the most probable values of some reals with others summed out",
        "ask for categorical variables, for all unknown ones (the MPE), or for the posterior"
            + FlatCircuit.WITHOUT_BLOCKS);
    Why why = whyNotSummedOut(chosen, e);
    for (int v : chosen) {
      // what is known of states stands in their leaves: a part without one would not hear of it
      if (c.variables.get(v) instanceof Categorical && closedForm.whyNot(v) != null) {
        why = closedForm.whyNot(v);
      }
    }
    if (why != null) {
      throw new RefusedException(
          "the other variables are not summed out",
          why,
          "ask for the states of categorical variables alone, for all unknown variables (the MPE),"
              + " or observe the others");
    }
    List<FlatEvidence> pieces = e.formula() == null ? List.of(e.flat) : cubes(chosen, e);
    FlatCircuit marginal = MarginalCircuit.of(c, new LogEvaluator(c), chosen, pieces);
    if (marginal == null) {
      throw RefusedException.zeroProbability();
    }
    FlatEvidence ofChosen = new FlatEvidence(marginal);
    for (int v : chosen) {
      if (!(c.variables.get(v) instanceof Categorical)) {
        ofChosen.take(v, e.flat); // of states the circuit has it
      }
    }
    MpeQueries search = new MpeQueries(marginal, inference.circuit().normaliser(), options);
    if (search.find(ofChosen) instanceof Found<MpeAnswer> found) {
      return allowed(ofMpe(chosen, found.answer()));
    }
    throw new RefusedException(
        "",
        Why.of(Why.Reason.BUDGET, "no values of positive probability were found"),
        "raise the budget");
  }

  private List<FlatEvidence> cubes(int[] chosen, Evidence e) {
    Diagram diagram = Diagram.of(c, e.requireFormula());
    for (int at = 0; at < diagram.numVariables(); at++) {
      int named = diagram.variable(at);
      boolean isReal = !(c.variables.get(named) instanceof Categorical);
      if (isReal && IntStream.of(chosen).anyMatch(v -> v == named)) {
        String name = c.variables.get(named).name();
        throw new RefusedException(
            "",
            Why.of(
                Why.Reason.NO_CLOSED_FORM,
                "the formula speaks of '%s', whose most probable value is asked for"
                    .formatted(name),
                name),
            "give an interval of '%s' as evidence instead".formatted(name));
      }
    }
    Cubes cubes = new Cubes(diagram, e.flat);
    if (cubes.leastPins() < 0) {
      throw RefusedException.zeroProbability();
    }
    if (cubes.leastPins() > 0) {
      throw new RefusedException(
          "",
          Why.of(
              Why.Reason.NO_CLOSED_FORM,
              "the formula holds only at single values of real variables"),
          "give the values as evidence instead");
    }
    if (cubes.count(0) * c.numEdges() > MAX_SUMMED_EDGES) {
      throw new RefusedException(
          "",
          Why.of(
              Why.Reason.BUDGET,
              "the formula has %.0f disjoint parts, of which each is a circuit of %d edges here"
                  .formatted(cubes.count(0), c.numEdges())),
          "compile the formula into the model as a constraint, or ask about a simpler one");
    }
    List<FlatEvidence> found = new ArrayList<>();
    cubes.forEach(0, (cube, firstChanged, pinned) -> found.add(cube.copy()));
    return found;
  }

  private MarginalMap allowed(MarginalMap answer) {
    if (!options.allows(answer.certificate().kind())) {
      throw Ladder.notAllowed(answer.logValue(), answer.logUpperBound());
    }
    return answer;
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
      double size = 0; // likelihoods may cancel
      int rest = j;
      for (int i = 0; i < chosen.length; i++) {
        int s = rest % numStates[i];
        states[i] = s;
        rest /= numStates[i];
        double[] likelihood = e.flat.logLikelihood[chosen[i]];
        soft += e.isUnobserved(chosen[i]) ? 0 : likelihood[s];
        size += e.isUnobserved(chosen[i]) ? 0 : Math.abs(likelihood[s]) + Math.abs(soft);
        at.unobserve(chosen[i]).observe(chosen[i], s);
      }
      if (soft == Double.NEGATIVE_INFINITY) {
        continue;
      }
      LogProbability p = inference.marginal(at);
      double log = p.value() + soft;
      double slack = 4 * Rounding.U * (Math.abs(p.value()) + size);
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
