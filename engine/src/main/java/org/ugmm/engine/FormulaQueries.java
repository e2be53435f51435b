package org.ugmm.engine;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.ugmm.engine.data.ArgumentException;
import org.ugmm.engine.data.Certificate;
import org.ugmm.engine.data.Certificate.Enclosed;
import org.ugmm.engine.data.Certificate.Kind;
import org.ugmm.engine.data.InferenceOptions;
import org.ugmm.engine.data.LogProbability;
import org.ugmm.engine.data.MpeAnswer;
import org.ugmm.engine.data.Posterior;
import org.ugmm.engine.data.RefusedException;
import org.ugmm.engine.data.Variable;
import org.ugmm.engine.data.Variable.Categorical;
import org.ugmm.engine.data.Why;
import org.ugmm.engine.exact.Certify;
import org.ugmm.engine.exact.Interruption;
import org.ugmm.engine.flat.FlatCircuit;
import org.ugmm.engine.flat.FlatEvidence;
import org.ugmm.engine.flat.Scopes;
import org.ugmm.engine.formula.Formula;
import org.ugmm.engine.logic.CubeSum;
import org.ugmm.engine.logic.CubeSum.Limit;
import org.ugmm.engine.logic.CubeSum.Mass;
import org.ugmm.engine.logic.Cubes;
import org.ugmm.engine.logic.Diagram;
import org.ugmm.engine.number.LogSum;
import org.ugmm.engine.number.Rounding;
import org.ugmm.engine.number.RowRandom;

/**
 * Queries about formulas: sums and mixtures over the cubes of a diagram, each of which is evidence
 * that the other queries know. Safe to share between threads.
 */
final class FormulaQueries {
  /** A cube of a circuit of this many edges more counts as one more evaluation. */
  private static final int EDGES_OF_CUBE = 500;

  private final Inference inference;
  private final Circuit circuit;
  private final FlatCircuit c;
  private final InferenceOptions options;
  private final Ladder ladder;
  private final Pool<ExactQueries> exact;
  private final Limit limit;
  private @Nullable Scopes scopes;

  private volatile @Nullable Compiled last;
  private volatile @Nullable Alone alone;

  /** The diagram of a formula. */
  private record Compiled(Formula formula, Diagram diagram) {}

  /** The integral over where a formula holds, without other evidence. */
  private record Alone(Formula formula, Mass mass) {}

  FormulaQueries(Inference inference, Ladder ladder, Pool<ExactQueries> exact) {
    this.inference = inference;
    this.ladder = ladder;
    this.exact = exact;
    circuit = inference.circuit();
    c = circuit.flat;
    options = inference.options();
    long edges = Math.max(1, c.numEdges() / EDGES_OF_CUBE);
    limit =
        new Limit(Math.max(1, options.budget().boxes() / (double) edges), options.budget().nanos());
  }

  private Diagram diagram(Formula formula) {
    Compiled known = last;
    if (known == null || !known.formula.equals(formula)) {
      Diagram diagram = Diagram.of(c, formula);
      Scopes below = scopes();
      for (int at = 0; at < diagram.numVariables(); at++) {
        Variable variable = c.variables.get(diagram.variable(at));
        if (!below.contains(c.root, diagram.variable(at))) {
          throw new ArgumentException(
              "variable '%s' has no leaf below the root; the circuit says nothing of it"
                  .formatted(variable.name()),
              variable.name());
        }
      }
      known = new Compiled(formula, diagram);
      last = known;
    }
    return known.diagram;
  }

  private synchronized Scopes scopes() {
    if (scopes == null) {
      scopes = Scopes.of(c);
    }
    return scopes;
  }

  private Mass sum(Diagram diagram, FlatEvidence e, int pins) {
    ExactQueries leased = exact.lease();
    try {
      return new CubeSum(c, scopes(), leased.evaluator(), leased.integralOrRefuse())
          .of(diagram, e, pins, limit);
    } finally {
      exact.giveBack(leased);
    }
  }

  /** The integral over where evidence holds, its formula included. */
  private Mass mass(Evidence e) {
    boolean isAlone = e.formula() != null && e.flat.knowsNothing();
    Alone known = alone;
    if (isAlone && known != null && known.formula.equals(e.formula())) {
      return known.mass; // of every row of a table
    }
    Mass mass = summed(e);
    if (isAlone) {
      alone = new Alone(e.requireFormula(), mass);
    }
    return mass;
  }

  private Mass summed(Evidence e) {
    if (e.flat.isNowhere()) {
      return new Mass(Double.NEGATIVE_INFINITY, 0, Double.NEGATIVE_INFINITY, new int[0]);
    }
    Formula formula = e.formula() == null ? new Formula.Truth(true) : e.formula();
    Diagram diagram = diagram(formula);
    int pins = new Cubes(diagram, e.flat).leastPins();
    return pins < 0
        ? new Mass(Double.NEGATIVE_INFINITY, 0, Double.NEGATIVE_INFINITY, new int[0])
        : sum(diagram, e.flat, pins);
  }

  /** A mass under which something is given. */
  private static Mass positive(Mass mass) {
    if (mass.isComplete() && mass.log() == Double.NEGATIVE_INFINITY) {
      throw Certify.noDensity(mass.errorUnits());
    }
    return mass;
  }

  /** As {@link Inference#marginal(Evidence)}. */
  LogProbability marginal(Evidence e) {
    Mass mass = mass(e);
    double logZ = circuit.normaliser().logZ();
    if (logZ == Double.NEGATIVE_INFINITY) {
      return inference.marginal(e.withoutFormula()); // which refuses
    }
    boolean isNormalised = circuit.normaliser().isKnown();
    double units = Rounding.units(circuit.normaliser().relativeErrorBound());
    Mass all = new Mass(logZ, units, Double.NEGATIVE_INFINITY, new int[0]);
    return quotient(mass, all, isNormalised);
  }

  /** As {@link Inference#conditional}, of joint evidence. */
  LogProbability conditional(Evidence joint, Evidence given) {
    Mass condition = positive(mass(given));
    return quotient(massBeside(joint, condition), condition, true);
  }

  /** The integral over where evidence holds, in the units of another one. */
  private Mass massBeside(Evidence e, Mass condition) {
    if (e.flat.isNowhere()) {
      return new Mass(Double.NEGATIVE_INFINITY, 0, Double.NEGATIVE_INFINITY, new int[0]);
    }
    Formula formula = e.formula() == null ? new Formula.Truth(true) : e.formula();
    return sum(diagram(formula), e.flat, pinsBeside(e, condition));
  }

  private static int pinsBeside(Evidence e, Mass condition) {
    return (int) Arrays.stream(condition.pinned()).filter(v -> !e.flat.isPoint(v)).count();
  }

  /** As {@link Inference#probability}. */
  LogProbability probability(Formula formula, Evidence given) {
    Mass condition = positive(mass(given));
    Evidence joint = given.copy().where(formula);
    Evidence others = given.copy().where(formula.not());
    int pins = pinsBeside(joint, condition);
    Cubes cubes = new Cubes(diagram(joint.requireFormula()), joint.flat);
    if (cubes.leastPins() > pins) {
      throw new RefusedException(
          "",
          Why.of(
              Why.Reason.NO_CLOSED_FORM,
              "the formula holds only at single values of real variables, which have probability"
                  + " zero"),
          "ask about an interval, or for the density of a value that is given");
    }
    double count = cubes.count(pins);
    double countOthers = new Cubes(diagram(others.requireFormula()), joint.flat).count(pins);
    // what is missing tells more digits of a large probability
    if (countOthers <= count && countOthers <= limit.evaluations() && condition.isComplete()) {
      Mass rest = massBeside(others, condition);
      LogProbability answer = rest.isComplete() ? complement(rest, condition) : null;
      if (answer != null) {
        return answer;
      }
    }
    LogProbability answer = quotient(massBeside(joint, condition), condition, true);
    return new LogProbability(Math.min(0, answer.value()), true, answer.certificate());
  }

  /** One less a quotient; null where that may cost digits. */
  private @Nullable LogProbability complement(Mass part, Mass whole) {
    double log = part.log() - whole.log();
    if (log > -Math.log(2)) {
      return null;
    }
    double share = Math.exp(log);
    double units = part.errorUnits() + whole.errorUnits() + Math.abs(log) + 4;
    double value = Math.log1p(-share);
    return part.isZero()
        ? ladder.answer(0, true, 0)
        : ladder.answer(value, true, 1.01 * share / (1 - share) * units + 2);
  }

  private LogProbability quotient(Mass part, Mass whole, boolean isNormalised) {
    if (part.isZero()) {
      return ladder.answer(Double.NEGATIVE_INFINITY, isNormalised, 0);
    }
    if (part.isComplete() && whole.isComplete()) {
      return ladder.ratio(
          part.log(), part.errorUnits(), whole.log(), whole.errorUnits(), isNormalised);
    }
    double lo = low(part) - high(whole);
    double hi = high(part) - low(whole);
    double slack = 4 * Rounding.U * (Math.abs(high(part)) + Math.abs(high(whole)) + 1);
    lo -= Double.isInfinite(lo) ? 0 : slack;
    hi += slack;
    if (isNormalised && Arrays.equals(part.pinned(), whole.pinned())) {
      hi = Math.min(hi, Math.max(0, lo)); // a part is no larger than the whole
    }
    if (!options.allows(Kind.ENCLOSED)) {
      throw Ladder.notAllowed(lo, hi);
    }
    LogSum middle = new LogSum();
    middle.add(lo, 0);
    middle.add(hi, 0);
    return new LogProbability(
        Math.min(hi, Math.max(lo, middle.value() - Math.log(2))),
        isNormalised,
        new Enclosed(lo, hi));
  }

  private static double low(Mass mass) {
    return mass.log() - Rounding.logError(mass.errorUnits());
  }

  private static double high(Mass mass) {
    LogSum sum = new LogSum();
    sum.add(mass.log() + Rounding.logError(mass.errorUnits()), 0);
    sum.add(mass.logRest(), 0);
    return sum.value() + Rounding.logError(sum.errorUnits());
  }

  /** As {@link Inference#posterior(int, Evidence)}. */
  Posterior posterior(int variable, Evidence e) {
    Mass condition = requireComplete(positive(mass(e)));
    return c.variables.get(variable) instanceof Categorical categorical
        ? ofStates(variable, categorical, e, condition)
        : ofReal(variable, e, condition);
  }

  private Mass requireComplete(Mass mass) {
    if (!mass.isComplete()) {
      throw new RefusedException(
          "",
          Why.of(
              Why.Reason.BUDGET,
              "the budget of %.0f evaluations ended before all parts of the formula were summed"
                  .formatted(limit.evaluations())),
          "raise the budget, or ask for the probability of each case, which is enclosed");
    }
    return mass;
  }

  private Posterior ofStates(int variable, Categorical of, Evidence e, Mass condition) {
    int numStates = of.numStates();
    double[] log = new double[numStates];
    double[] error = new double[numStates];
    LogSum total = new LogSum();
    for (int s = 0; s < numStates; s++) {
      double soft =
          e.flat.form[variable] == FlatEvidence.LIKELIHOOD ? e.flat.logLikelihood[variable][s] : 0;
      log[s] = Double.NEGATIVE_INFINITY;
      if (soft > Double.NEGATIVE_INFINITY) {
        Evidence at = e.copy().unobserve(variable).observe(variable, s);
        Mass mass = requireComplete(massBeside(at, condition));
        log[s] = mass.log() + soft;
        double units = mass.errorUnits() + 3 * Math.abs(soft) + Math.abs(log[s]);
        error[s] = mass.isZero() ? 0 : Rounding.logError(units);
        total.add(log[s], mass.isZero() ? 0 : units);
      }
    }
    return Certify.posterior(of, log, error, total);
  }

  private Posterior ofReal(int variable, Evidence e, Mass condition) {
    if (Arrays.stream(condition.pinned()).anyMatch(v -> v == variable)) {
      String name = c.variables.get(variable).name();
      throw new ArgumentException(
          "the formula leaves variable '%s' single values; the posterior is that of a variable"
                  .formatted(name)
              + " without a value",
          name);
    }
    CubeMixture mixture = new CubeMixture(c.variables.get(variable));
    ExactQueries leased = exact.lease();
    try {
      for (FlatEvidence cube : cubes(e, condition.pinned().length)) {
        Why why = leased.whyNotPosterior(variable, cube);
        if (why != null) {
          throw Ladder.refused(why, "observe it");
        }
        LogSum mass = leased.integral(cube);
        if (mass.value() > Double.NEGATIVE_INFINITY) {
          mixture.add(mass.value(), mass.errorUnits(), leased.posterior(variable, cube));
        }
      }
    } finally {
      exact.giveBack(leased);
    }
    return mixture.posterior();
  }

  /** All cubes with a number of pins. */
  private List<FlatEvidence> cubes(Evidence e, int pins) {
    Diagram diagram = diagram(e.requireFormula());
    Cubes cubes = new Cubes(diagram, e.flat);
    if (cubes.count(pins) > limit.evaluations()) {
      throw CubeSum.tooMany(cubes.count(pins), limit);
    }
    List<FlatEvidence> found = new ArrayList<>();
    cubes.forEach(pins, (cube, firstChanged, pinned) -> found.add(cube.copy()));
    return found;
  }

  /**
   * As {@link Inference#mpe(Evidence)}: the best of the cubes, of which each gets its share of the
   * budget; first the one without the formula, which may agree with it.
   */
  MpeAnswer mpe(Evidence e) {
    Mass condition = positive(mass(e));
    if (condition.pinned().length == 0) {
      MpeAnswer free =
          new Inference(circuit, options.allowing(Kind.ENCLOSED)).mpe(e.withoutFormula());
      if (diagram(e.requireFormula()).holds(free.assignment())) {
        return allowed(free);
      }
    }
    List<FlatEvidence> cubes = cubes(e, condition.pinned().length);
    Inference each =
        new Inference(
            circuit,
            options
                .allowing(Kind.ENCLOSED)
                .withBudget(
                    options.budget().withBoxes(options.budget().boxes() / cubes.size() + 1)));
    List<MpeAnswer> answers = new ArrayList<>();
    for (FlatEvidence cube : cubes) {
      try {
        answers.add(each.mpe(new Evidence(circuit, cube)));
      } catch (RefusedException none) {
        if (none.why().reason() != Why.Reason.ZERO_PROBABILITY) {
          throw none;
        }
      }
    }
    return allowed(ranked(answers).get(0));
  }

  private MpeAnswer allowed(MpeAnswer answer) {
    if (!options.allows(answer.certificate().kind())) {
      throw Ladder.notAllowed(answer.logValue(), answer.logUpperBound());
    }
    return answer;
  }

  /** As {@link Inference#best}. */
  List<MpeAnswer> best(Evidence e, int k) {
    Mass condition = positive(mass(e));
    List<MpeAnswer> answers = new ArrayList<>();
    for (FlatEvidence cube : cubes(e, condition.pinned().length)) {
      try {
        answers.addAll(inference.best(new Evidence(circuit, cube), k));
      } catch (RefusedException none) {
        if (none.why().reason() != Why.Reason.ZERO_PROBABILITY) {
          throw none;
        }
      }
    }
    List<MpeAnswer> ranked = ranked(answers);
    return List.copyOf(ranked.subList(0, Math.min(k, ranked.size())));
  }

  /** Best first, each with the bound of all that come after it. */
  private List<MpeAnswer> ranked(List<MpeAnswer> answers) {
    if (answers.isEmpty()) {
      throw RefusedException.zeroProbability();
    }
    answers.sort(Comparator.comparingDouble(answer -> -answer.logValue()));
    double upper = Double.NEGATIVE_INFINITY;
    for (int i = answers.size() - 1; i >= 0; i--) {
      MpeAnswer answer = answers.get(i);
      upper = Math.max(upper, answer.logUpperBound());
      answers.set(i, upper > answer.logUpperBound() ? within(answer, upper) : answer);
    }
    return answers;
  }

  /** The same assignment as the best of more of them. */
  private MpeAnswer within(MpeAnswer answer, double upper) {
    double gap = upper - answer.logValue();
    double error =
        answer.certificate() instanceof Certificate.Exact of
            ? of.relativeErrorBound()
            : Double.POSITIVE_INFINITY;
    double lo = answer.certificate() instanceof Enclosed of ? of.lo() : answer.logValue() - error;
    boolean isExact = gap <= options.tolerance() && error < Certificate.LARGEST_ROUNDING;
    return new MpeAnswer(
        answer.assignment(),
        answer.logValue(),
        upper,
        answer.normalised(),
        isExact
            ? new Certificate.Exact(Math.max(error, Math.expm1(gap)))
            : new Enclosed(lo, Math.max(upper, answer.logValue() + Math.min(error, 1e-3))),
        answer.boxes());
  }

  /** As {@link Inference#sample(Evidence, long, int, long)}: a cube by its share, then a row. */
  double[] sample(Evidence e, long firstRow, int count, long seed) {
    Mass condition = requireComplete(positive(mass(e)));
    List<FlatEvidence> cubes = cubes(e, condition.pinned().length);
    double[] upTo = new double[cubes.size()];
    ExactQueries leased = exact.lease();
    try {
      double sum = 0;
      for (int i = 0; i < upTo.length; i++) {
        sum += StrictMath.exp(leased.integral(cubes.get(i)).value() - condition.log());
        upTo[i] = sum;
      }
      int numVariables = c.numVariables();
      double[] rows = new double[count * numVariables];
      RowRandom random = new RowRandom(~seed, firstRow);
      for (int r = 0; r < count; r++) {
        Interruption.check();
        random.start(firstRow + r);
        double at = random.uniform() * sum;
        int chosen = 0;
        while (upTo[chosen] <= at && chosen < upTo.length - 1) {
          chosen++;
        }
        double[] row = leased.sample(cubes.get(chosen), firstRow + r, 1, seed);
        System.arraycopy(row, 0, rows, r * numVariables, numVariables);
      }
      return rows;
    } finally {
      exact.giveBack(leased);
    }
  }
}
