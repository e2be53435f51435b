package org.ugmm.engine;

import it.unimi.dsi.fastutil.doubles.DoubleArrayList;
import it.unimi.dsi.fastutil.ints.IntArrayList;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.ugmm.engine.data.CategoricalPosterior;
import org.ugmm.engine.data.Certificate;
import org.ugmm.engine.data.CircuitException;
import org.ugmm.engine.data.GaussianMixture;
import org.ugmm.engine.data.IntegralOptions;
import org.ugmm.engine.data.LogProbability;
import org.ugmm.engine.data.Moments;
import org.ugmm.engine.data.MpeAnswer;
import org.ugmm.engine.data.MpeOptions;
import org.ugmm.engine.data.NodeKind;
import org.ugmm.engine.data.Normaliser;
import org.ugmm.engine.data.Posterior;
import org.ugmm.engine.data.RealMoments;
import org.ugmm.engine.data.RefusedException;
import org.ugmm.engine.data.Variable.Categorical;
import org.ugmm.engine.data.Variable.Real;
import org.ugmm.engine.exact.Certify;
import org.ugmm.engine.exact.Covariances;
import org.ugmm.engine.exact.Enumeration;
import org.ugmm.engine.exact.Flows;
import org.ugmm.engine.exact.LogEvaluator;
import org.ugmm.engine.exact.PartSums;
import org.ugmm.engine.exact.PosteriorPass;
import org.ugmm.engine.exact.Sampler;
import org.ugmm.engine.flat.FlatCircuit;
import org.ugmm.engine.flat.Marginals;
import org.ugmm.engine.number.LogSum;
import org.ugmm.engine.number.Rounding;

/**
 * Answers single queries on a circuit, each with a certificate. One a thread over a shared circuit;
 * not thread-safe.
 *
 * <pre>{@code
 * Inference inference = new Inference(circuit);
 * Evidence e = new Evidence(circuit).observe("sepal_length", 5.1);
 * double log = inference.marginal(e).value();
 * Posterior species = inference.posterior("species", e);
 * }</pre>
 *
 * <p>A variable that is not observed as a point is integrated out in one pass where the circuit is
 * smooth and decomposable in it and no link lies above its leaves. Where that fails, a categorical
 * variable is summed out state by state, exactly, and a real one is refused, or, below links and
 * where {@link Certificate.Kind#ESTIMATED} is allowed, integrated as {@link DeepInference} does.
 *
 * <p>A variable with no leaf below the root is ignored: it is independent of the others.
 */
public final class Inference {
  /** The largest number of joint states that are enumerated. */
  public static final int MAX_JOINT_STATES = Enumeration.MAX_JOINT_STATES;

  private final Circuit circuit;
  private final FlatCircuit c;
  private final LogEvaluator evaluator;
  private @Nullable Marginals marginals;
  private @Nullable Flows flows;
  private @Nullable PosteriorPass posteriorPass;
  private Set<Certificate.Kind> allowed =
      EnumSet.of(Certificate.Kind.EXACT, Certificate.Kind.ENCLOSED);

  /** Prepares queries on a circuit; allows the certificates EXACT and ENCLOSED. */
  public Inference(Circuit circuit) {
    this.circuit = circuit;
    c = circuit.flat;
    evaluator = new LogEvaluator(c);
  }

  /**
   * Sets which certificates an answer may have. An exact answer is given whatever is allowed.
   *
   * @return this
   */
  public Inference allow(Certificate.Kind... kinds) {
    Set<Certificate.Kind> set = EnumSet.of(Certificate.Kind.EXACT);
    set.addAll(List.of(kinds));
    allowed = set;
    return this;
  }

  /** Whether an answer may have a certificate of this kind. */
  boolean allows(Certificate.Kind kind) {
    return allowed.contains(kind);
  }

  /** The circuit. */
  public Circuit circuit() {
    return circuit;
  }

  /**
   * The log-density of complete evidence, {@code log f(x) - log Z}; {@code log f(x)}, not
   * normalised, where Z is not known.
   *
   * @throws CircuitException if a variable is not observed as a point
   */
  public LogProbability logDensity(Evidence complete) {
    check(complete);
    for (int v = 0; v < c.numVariables(); v++) {
      if (!complete.isPoint(v)) {
        throw new CircuitException(
            "the log-density needs a value of every variable; '%s' has none; ask for the marginal"
                .formatted(c.variables.get(v).name()));
      }
    }
    return marginal(complete);
  }

  /**
   * The log-probability or log-density of the evidence, integrated over what it leaves open; not
   * normalised where Z is not known. EXACT, or ENCLOSED where the evidence is so many scales out
   * that rounding the log changes the linear value by more than one part in a thousand.
   *
   * @throws RefusedException if a real variable cannot be integrated out, or too many categorical
   *     ones must be enumerated
   */
  public LogProbability marginal(Evidence e) {
    if (needsEstimate(e)) {
      return new DeepInference(circuit).marginal(e, IntegralOptions.DEFAULT);
    }
    LogSum sum = integral(e);
    Normaliser normaliser = circuit.normaliser();
    if (!normaliser.isKnown()) {
      return answer(sum.value(), false, sum.errorUnits());
    }
    if (normaliser.logZ() == Double.NEGATIVE_INFINITY) {
      throw new RefusedException("the circuit is zero everywhere; it defines no distribution");
    }
    return ratio(
        sum.value(),
        sum.errorUnits(),
        normaliser.logZ(),
        Rounding.units(normaliser.relativeErrorBound()));
  }

  /**
   * The log of {@code p(query | given)}, any split of the variables; always normalised.
   *
   * @throws CircuitException if a variable is in both
   * @throws RefusedException if {@code given} has probability zero, or as {@link #marginal}
   */
  public LogProbability conditional(Evidence query, Evidence given) {
    check(query);
    check(given);
    Evidence joint = given.copy();
    for (int v = 0; v < c.numVariables(); v++) {
      if (query.isUnobserved(v)) {
        continue;
      }
      if (!given.isUnobserved(v)) {
        throw new CircuitException(
            "variable '%s' is in the query and in what is given; expected it in one of them"
                .formatted(c.variables.get(v).name()));
      }
      joint.flat.form[v] = query.flat.form[v];
      joint.flat.a[v] = query.flat.a[v];
      joint.flat.b[v] = query.flat.b[v];
      joint.flat.logLikelihood[v] = query.flat.logLikelihood[v];
    }
    LogSum condition = integral(given);
    if (condition.value() == Double.NEGATIVE_INFINITY) {
      throw RefusedException.zeroProbability();
    }
    LogSum both = integral(joint);
    return ratio(both.value(), both.errorUnits(), condition.value(), condition.errorUnits());
  }

  /** The posterior of a variable by its name; see {@link #posterior(int, Evidence)}. */
  public Posterior posterior(String variable, Evidence e) {
    return posterior(c.indexOf(variable), e);
  }

  /**
   * The posterior of one variable given the evidence: {@link CategoricalPosterior}, {@link
   * GaussianMixture}, or {@link RealMoments} where an estimate is all there is of a real. Interval
   * or soft evidence on the variable itself is part of what is given.
   *
   * @throws CircuitException if the variable is observed as a point or has no leaf in the circuit
   * @throws RefusedException if the evidence has probability zero, or as {@link #marginal}
   */
  public Posterior posterior(int variable, Evidence e) {
    check(e);
    if (e.isPoint(variable)) {
      throw new CircuitException(
          "variable '%s' is observed; the posterior is that of a variable without a value"
              .formatted(c.variables.get(variable).name()));
    }
    if (!posteriorPass().occurs(variable)) {
      throw new CircuitException(
          "variable '%s' has no leaf below the root; the circuit says nothing of it"
              .formatted(c.variables.get(variable).name()));
    }
    if (needsEstimate(e)) {
      DeepInference deep = new DeepInference(circuit);
      return c.variables.get(variable) instanceof Real
          ? deep.moments(variable, e, IntegralOptions.DEFAULT)
          : deep.posterior(variable, e, IntegralOptions.DEFAULT);
    }
    PartSums sums = new PartSums(evaluator, ruleless(e));
    if (c.variables.get(variable) instanceof Categorical && sums.areMany()) {
      return sums.posterior(variable, e.flat);
    }
    runPosteriors(e);
    return posteriorPass().posterior(variable, e.flat);
  }

  /**
   * The most probable explanation: the assignment of all variables that agrees with the evidence
   * and has the greatest density, with a proven upper bound. For many queries on one circuit keep
   * an {@link MpeSearch}.
   *
   * @throws RefusedException if the evidence has probability zero, or as {@link MpeSearch#find}; or
   *     if the budget ended with an enclosure and none is allowed
   */
  public MpeAnswer mpe(Evidence e, MpeOptions options) {
    check(e);
    MpeAnswer answer = new MpeSearch(circuit).find(e, options);
    if (!allows(answer.certificate().kind())) {
      throw new RefusedException(
          "the search ended with the value in [%s, %s]; allow ENCLOSED or raise the budget"
              .formatted(answer.logValue(), answer.logUpperBound()));
    }
    return answer;
  }

  /**
   * The posteriors of all variables that are not observed as points, in the order of the variables,
   * from one upward and one downward pass (for each joint state of what must be enumerated).
   *
   * @throws RefusedException if the evidence has probability zero, or as {@link #marginal}
   */
  public List<Posterior> posteriors(Evidence e) {
    check(e);
    runPosteriors(e);
    List<Posterior> result = new ArrayList<>();
    for (int v = 0; v < c.numVariables(); v++) {
      if (!e.isPoint(v) && posteriorPass().occurs(v)) {
        result.add(posteriorPass().posterior(v, e.flat));
      }
    }
    return result;
  }

  /**
   * The means and all pairwise covariances of the real variables that are not observed as points,
   * given the evidence; two passes a variable.
   *
   * @throws RefusedException if the evidence has probability zero, or as {@link #marginal}
   */
  public Moments moments(Evidence e) {
    check(e);
    runPosteriors(e);
    IntArrayList variables = new IntArrayList();
    DoubleArrayList means = new DoubleArrayList();
    for (int v = 0; v < c.numVariables(); v++) {
      if (!e.isPoint(v)
          && posteriorPass().occurs(v)
          && posteriorPass().posterior(v, e.flat) instanceof GaussianMixture mixture) {
        variables.add(v);
        means.add(mixture.mean());
      }
    }
    return new Covariances(evaluator, flows())
        .moments(enumerate(e), variables.toIntArray(), means.toDoubleArray());
  }

  /**
   * The gradient of the log-density or log-marginal with respect to the observed real values, by
   * reverse differentiation; its rounding error is not bounded.
   *
   * @return [numVariables], 0 for variables that are not real or have no value; at the ends of a
   *     domain the one-sided derivative
   * @throws RefusedException if the density is zero, or as {@link #marginal}
   */
  public double[] gradient(Evidence e) {
    double[] gradient = new double[c.numVariables()];
    LogSum total = new LogSum();
    Enumeration enumeration = enumerate(e);
    while (enumeration.next()) {
      double max = total.max();
      double share = total.add(enumeration.logTerm(), 0);
      if (share == 0) {
        continue;
      }
      double scale = Math.exp(max - total.max());
      for (int v = 0; v < gradient.length; v++) {
        gradient[v] *= scale;
      }
      evaluator.downward();
      for (int n = 0; n <= c.root; n++) {
        if (c.kind(n) == NodeKind.GAUSSIAN && e.isPoint(c.variable[n]) && evaluator.flow[n] != 0) {
          double s = c.parameter(n, 1);
          double d = (e.point(c.variable[n]) - c.parameter(n, 0)) / s;
          gradient[c.variable[n]] -= share * evaluator.flow[n] * d / s;
        }
      }
    }
    if (total.max() == Double.NEGATIVE_INFINITY) {
      throw new RefusedException("the density is zero here; its log has no gradient");
    }
    double norm = Math.exp(total.value() - total.max());
    for (int v = 0; v < gradient.length; v++) {
      gradient[v] /= norm;
    }
    return gradient;
  }

  /** Rows 0 to {@code count - 1} of {@link #sample(Evidence, long, int, long)}. */
  public double[] sample(Evidence e, int count, long seed) {
    return sample(e, 0, count, seed);
  }

  /**
   * Complete rows drawn exactly from the distribution given the evidence. A row depends on the seed
   * and its number alone: ranges of rows drawn by several threads, each with its own Inference, are
   * those that one thread draws. All that decides a draw is StrictMath, so that every JDK and
   * processor draws the same rows; but the mass of a Gaussian over a domain or an interval takes
   * erf from a library that uses Math.exp, where another processor may differ in the last bit.
   *
   * @param firstRow number of the first row
   * @param count number of rows
   * @return row-major {@code [count][numVariables]}: real values and state indices; NaN for a
   *     variable without a leaf
   * @throws CircuitException if {@code count} is negative or too large for an array
   * @throws RefusedException if the evidence has probability zero, or as {@link #marginal}
   */
  public double[] sample(Evidence e, long firstRow, int count, long seed) {
    if (count < 0 || (long) count * c.numVariables() > Integer.MAX_VALUE - 8) {
      throw new CircuitException(
          "%d rows of %d variables; expected at least 0 rows and at most %d values"
              .formatted(count, c.numVariables(), Integer.MAX_VALUE - 8));
    }
    LogEvaluator strict = LogEvaluator.strict(c);
    return new Sampler(strict)
        .draw(enumerate(strict, e), enumerate(strict, e), firstRow, count, seed);
  }

  private void runPosteriors(Evidence e) {
    if (!posteriorPass().run(enumerate(e))) {
      throw RefusedException.zeroProbability();
    }
  }

  private PosteriorPass posteriorPass() {
    if (posteriorPass == null) {
      posteriorPass = new PosteriorPass(evaluator, flows());
    }
    return posteriorPass;
  }

  private Flows flows() {
    if (flows == null) {
      flows = new Flows(evaluator);
    }
    return flows;
  }

  /** Whether only an estimate can answer, since a real below a link is open, and one is allowed. */
  private boolean needsEstimate(Evidence e) {
    check(e);
    if (!allows(Certificate.Kind.ESTIMATED) || !c.structure().hasLinks()) {
      return false;
    }
    for (int v = 0; v < c.numVariables(); v++) {
      if (c.variables.get(v) instanceof Real && !e.isPoint(v) && marginals().whyNot(v) != null) {
        return true;
      }
    }
    return false;
  }

  private LogSum integral(Evidence e) {
    return new PartSums(evaluator, ruleless(e)).sum(e.flat);
  }

  /**
   * The variables that must be enumerated, made ready.
   *
   * @throws RefusedException if one of them is real, or there are too many joint states
   */
  private Enumeration enumerate(Evidence e) {
    return enumerate(evaluator, e);
  }

  private Enumeration enumerate(LogEvaluator by, Evidence e) {
    return new Enumeration(by, e.flat, ruleless(e), MAX_JOINT_STATES);
  }

  /**
   * The variables that no rule sums or integrates out.
   *
   * @throws RefusedException if one of them is real
   */
  private int[] ruleless(Evidence e) {
    check(e);
    IntArrayList variables = new IntArrayList();
    for (int v = 0; v < c.numVariables(); v++) {
      String why = e.isPoint(v) ? null : marginals().whyNot(v);
      if (why == null) {
        continue;
      }
      if (c.variables.get(v) instanceof Real real) {
        throw refuseReal(real, why);
      }
      variables.add(v);
    }
    return variables.toIntArray();
  }

  private Marginals marginals() {
    if (marginals == null) {
      marginals = Marginals.of(c);
    }
    return marginals;
  }

  /** The refusal to integrate a real variable out of a circuit that has no rule for it. */
  private static RefusedException refuseReal(Real real, String why) {
    String remedy =
        why.contains("is a Gaussian link")
            ? "observe it, or declare a domain and allow estimated answers"
            : why.contains("is not smooth")
                ? "observe it, or declare a domain or a prior for it when compiling"
                : "observe it, or give the children of that product disjoint scopes";
    return new RefusedException(
        "variable '%s' has no value and cannot be integrated out exactly: %s; %s"
            .formatted(real.name(), why, remedy));
  }

  /** An answer with the certificate that its rounding error leaves it. */
  private LogProbability answer(double value, boolean normalised, double errorUnits) {
    Certificate certificate = Certify.ofLog(value, errorUnits);
    if (!allows(certificate.kind())) {
      throw new RefusedException(
          ("the value is so far out that rounding leaves its log only the interval %s around %s;"
                  + " allow ENCLOSED, or check the evidence")
              .formatted(certificate, value));
    }
    return new LogProbability(value, normalised, certificate);
  }

  private LogProbability ratio(
      double logNumerator, double numeratorUnits, double logDenominator, double denominatorUnits) {
    double value = logNumerator - logDenominator;
    double units =
        value == Double.NEGATIVE_INFINITY ? 0 : numeratorUnits + denominatorUnits + Math.abs(value);
    return answer(value, true, units);
  }

  private void check(Evidence e) {
    if (e.circuit() != circuit) {
      throw new CircuitException("the evidence speaks of another circuit; expected this one");
    }
  }
}
