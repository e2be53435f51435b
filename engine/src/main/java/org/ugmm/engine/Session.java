package org.ugmm.engine;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.ugmm.engine.data.ArgumentException;
import org.ugmm.engine.data.CategoricalPosterior;
import org.ugmm.engine.data.Certificate;
import org.ugmm.engine.data.Certificate.Exact;
import org.ugmm.engine.data.LogProbability;
import org.ugmm.engine.data.MpeAnswer;
import org.ugmm.engine.data.Posterior;
import org.ugmm.engine.data.Quantity;
import org.ugmm.engine.data.RefusedException;
import org.ugmm.engine.data.Why;
import org.ugmm.engine.exact.KeptPass;
import org.ugmm.engine.flat.FlatEvidence;
import org.ugmm.engine.formula.Formula;
import org.ugmm.engine.logic.Diagram;
import org.ugmm.engine.number.Rounding;

/**
 * Evidence that is asserted and retracted step by step, and questions in between, for programs that
 * reason: what an earlier question has computed is kept, and only what a change concerns is
 * computed again.
 *
 * <p>In a smooth and decomposable circuit without links and Gaussians over several variables the
 * marginal and posteriors are computed this way. Every number has the bits that a new session with
 * the same evidence gives, whatever was asserted and asked before. {@link Inference} has the same
 * bits too unless it takes more than one pass up and down, for evidence far out or probabilities
 * near the least number; then both are right within their bounds. Other questions and circuits, and
 * all questions while a formula is known to hold, are left to the inference; {@link #work} says
 * what was done.
 *
 * <p>Safe to share between threads: calls wait for each other. One thread should assert; readers
 * that must not wait take a {@link #snapshot} for the inference, or a {@link #fork}.
 */
public final class Session {
  private final Inference inference;
  private final Evidence evidence;
  private final @Nullable KeptPass kept;

  /** [numVariables] the revision that changed a variable last, 0 for none. */
  private final long[] changedAt;

  /** What is known of several variables together, in the order in which it was asserted. */
  private final Set<Formula> formulas = new LinkedHashSet<>();

  private long revision;
  private Work work = new Work(0, 0, 0, 0, false);

  /**
   * What the last question cost.
   *
   * @param nodesUp nodes evaluated from the leaves up
   * @param edgesUp edges below them
   * @param nodesDown nodes visited from the root down
   * @param edgesDown edges below them
   * @param isFull whether the inference answered it, by as many passes over the whole circuit as it
   *     takes; then nothing is counted but what was done before
   */
  public record Work(long nodesUp, long edgesUp, long nodesDown, long edgesDown, boolean isFull) {}

  /** A session that knows nothing, at revision 0. */
  public Session(Inference inference) {
    this.inference = inference;
    evidence = new Evidence(inference.circuit());
    changedAt = new long[inference.circuit().numVariables()];
    boolean isKept =
        inference.circuit().structure().isTractable() && !inference.circuit().flat.hasBlocks();
    kept = isKept ? new KeptPass(evidence.flat) : null;
  }

  private Session(Session of) {
    inference = of.inference;
    evidence = of.evidence.copy();
    changedAt = of.changedAt.clone();
    formulas.addAll(of.formulas);
    revision = of.revision;
    kept = of.kept == null ? null : of.kept.fork(evidence.flat);
  }

  /** Knows the value of a real variable or the state index of a categorical one. */
  public Session assertPoint(String variable, double value) {
    return change(variable, e -> e.observe(variable, value));
  }

  /** Knows the state of a categorical variable. */
  public Session assertPoint(String variable, String state) {
    return change(variable, e -> e.observe(variable, state));
  }

  /** Knows that a real variable lies in {@code [lo, hi]}; an end may be infinite. */
  public Session assertInterval(String variable, double lo, double hi) {
    return change(variable, e -> e.interval(variable, lo, hi));
  }

  /** Knows that a categorical variable is in one of the states. */
  public Session assertStates(String variable, String... states) {
    return change(variable, e -> e.states(variable, states));
  }

  /** Knows the likelihood of each state of a categorical variable, linear. */
  public Session assertLikelihood(String variable, double... likelihood) {
    return change(variable, e -> e.likelihood(variable, likelihood));
  }

  /** Forgets what is known of a variable. */
  public Session retract(String variable) {
    return change(variable, e -> e.unobserve(index(variable)));
  }

  /**
   * Knows that a formula holds, besides what is known of each variable and other formulas; one that
   * is known already changes nothing.
   *
   * @throws ArgumentException if it names a variable or state that there is not; nothing is changed
   *     then
   * @throws RefusedException if its decision diagram would be too large
   */
  public synchronized Session assertFormula(Formula holds) {
    Diagram checked = Diagram.of(inference.circuit().flat, holds);
    if (formulas.add(holds)) {
      changed(checked);
    }
    return this;
  }

  /**
   * Knows that a formula holds, which is read from text; see {@link #assertFormula(Formula)}.
   *
   * @throws ArgumentException if it cannot be read; the message names the column
   */
  public Session assertFormula(String holds) {
    return assertFormula(parse(holds));
  }

  /** Forgets a formula; one that is not known changes nothing. */
  public synchronized Session retractFormula(Formula formula) {
    if (formulas.remove(formula)) {
      changed(Diagram.of(inference.circuit().flat, formula));
    }
    return this;
  }

  private void changed(Diagram of) {
    revision++;
    for (int at = 0; at < of.numVariables(); at++) {
      changedAt[of.variable(at)] = revision;
    }
  }

  /**
   * Forgets a formula, which is read from text; what matters is what it says, not how it is spaced.
   *
   * @throws ArgumentException if it cannot be read; the message names the column
   */
  public Session retractFormula(String formula) {
    return retractFormula(parse(formula));
  }

  private Formula parse(String text) {
    return Formula.parse(text, inference.circuit().variables());
  }

  /** The formulas that are known to hold, in the order in which they were asserted. */
  public synchronized List<Formula> formulas() {
    return List.copyOf(formulas);
  }

  /** A copy of all that is known. */
  private Evidence known() {
    Evidence known = evidence.copy();
    if (!formulas.isEmpty()) {
      known.where(
          formulas.size() == 1
              ? formulas.iterator().next()
              : new Formula.And(List.copyOf(formulas)));
    }
    return known;
  }

  /**
   * Changes what is known of one variable, which replaces what was known of it; a change to what is
   * known already is none.
   *
   * @throws ArgumentException as {@link Evidence} does; nothing is changed then
   */
  private synchronized Session change(String variable, Consumer<Evidence> how) {
    int v = index(variable);
    FlatEvidence flat = evidence.flat;
    byte form = flat.form[v];
    double a = flat.a[v];
    double b = flat.b[v];
    double[] logs = flat.logLikelihood[v];
    how.accept(evidence);
    boolean isSame =
        form == flat.form[v]
            && switch (form) {
              case FlatEvidence.POINT -> a == flat.a[v];
              case FlatEvidence.INTERVAL -> a == flat.a[v] && b == flat.b[v];
              case FlatEvidence.LIKELIHOOD -> Arrays.equals(logs, flat.logLikelihood[v]);
              default -> true;
            };
    if (!isSame) {
      changedAt[v] = ++revision;
      touch(v);
    }
    return this;
  }

  private void touch(int variable) {
    if (kept != null) {
      kept.change(variable);
    }
  }

  private int index(String variable) {
    return inference.circuit().indexOf(variable);
  }

  /** How often what is known has changed. */
  public synchronized long revision() {
    return revision;
  }

  /**
   * The variables of which something else is known than at an earlier revision, by a formula too,
   * in their order.
   */
  public synchronized List<String> changedSince(long earlier) {
    List<String> names = new ArrayList<>();
    for (int v = 0; v < changedAt.length; v++) {
      if (changedAt[v] > earlier) {
        names.add(inference.circuit().variables().get(v).name());
      }
    }
    return names;
  }

  /** What is known now: a copy, which {@link #inference} answers in any thread. */
  public synchronized Evidence snapshot() {
    return known();
  }

  /** A session at the same revision that changes on its own and shares what was computed so far. */
  public synchronized Session fork() {
    return new Session(this);
  }

  /** What answers snapshots and whatever is not kept here. */
  public Inference inference() {
    return inference;
  }

  /** What the last question cost. */
  public synchronized Work work() {
    return work;
  }

  /** As {@link Inference#marginal(Evidence)} of what is known. */
  public synchronized LogProbability marginal() {
    boolean hasZ = inference.circuit().normaliser().logZ() > Double.NEGATIVE_INFINITY;
    if (kept == null || !hasZ || evidence.flat.isNowhere() || !formulas.isEmpty()) {
      return full(inference.marginal(known()));
    }
    LogProbability answer = inference.ofIntegral(kept.integral());
    count(kept, false);
    return answer;
  }

  private void count(KeptPass pass, boolean isFull) {
    work = new Work(pass.nodesUp(), pass.edgesUp(), pass.nodesDown(), pass.edgesDown(), isFull);
  }

  private <T> T full(T answer) {
    work = new Work(0, 0, 0, 0, true);
    return answer;
  }

  /** As {@link Inference#posterior(String, Evidence)} given what is known. */
  public synchronized Posterior posterior(String variable) {
    return posterior(index(variable));
  }

  private Posterior posterior(int v) {
    KeptPass pass = kept;
    if (pass == null
        || evidence.isPoint(v)
        || !pass.occurs(v)
        || evidence.flat.isNowhere()
        || !formulas.isEmpty()) {
      return full(inference.posterior(v, known()));
    }
    Posterior answer = pass.posterior(v);
    count(pass, answer == null);
    return answer == null ? inference.posterior(v, evidence) : answer;
  }

  /**
   * As {@link Inference#probability(Formula, Evidence)} given what is known; nothing of it is kept.
   */
  public synchronized LogProbability probability(Formula formula) {
    return full(inference.probability(formula, known()));
  }

  /**
   * The probability of a formula, which is read from text; see {@link #probability(Formula)}.
   *
   * @throws ArgumentException if it cannot be read; the message names the column
   */
  public LogProbability probability(String formula) {
    return probability(parse(formula));
  }

  /** As {@link Inference#mpe(Evidence)} given what is known; nothing of it is kept. */
  public synchronized MpeAnswer mpe() {
    return full(inference.mpe(known()));
  }

  /**
   * The mutual information of two categorical variables given what is known, in nats: how much the
   * entropy of the target falls on average once the candidate is known. {@code
   * org.ugmm.engine.explain.Advisor} tells that of real variables.
   *
   * @throws ArgumentException if they are one variable, or one is observed as a point or has no
   *     leaf
   * @throws RefusedException if one is real, or there is no exact posterior of it
   */
  public synchronized Quantity informationGain(String candidate, String target) {
    int c = index(candidate);
    int t = index(target);
    if (c == t) {
      throw new ArgumentException(
          "variable '%s' is candidate and target; expected two variables".formatted(candidate),
          candidate);
    }
    CategoricalPosterior ofCandidate = states(c);
    CategoricalPosterior before = states(t);
    Work sum = work;
    FlatEvidence flat = evidence.flat;
    FlatEvidence saved = new FlatEvidence(flat.circuit).take(c, flat);
    double gain = 0;
    double error = 0;
    try {
      for (int s = 0; s < ofCandidate.variable().numStates(); s++) {
        double p = ofCandidate.probability(s);
        if (p == 0) {
          continue;
        }
        flat.unobserve(c).observe(c, s);
        touch(c);
        CategoricalPosterior after = states(t);
        double told = after.klDivergence(before);
        gain += p * told;
        double units = bound(after) + bound(before) + 8 * Rounding.U;
        error += p * (bound(ofCandidate) * told + units * (2 + spread(after, before)));
        sum = plus(sum, work);
      }
    } finally {
      flat.take(c, saved);
      touch(c);
    }
    work = sum;
    double relative = 1.01 * error + 16 * Rounding.U;
    return new Quantity(gain, new Exact(relative / Math.max(1, gain)));
  }

  private CategoricalPosterior states(int v) {
    Posterior posterior = posterior(v);
    if (posterior instanceof CategoricalPosterior states && states.certificate() instanceof Exact) {
      return states;
    }
    String name = posterior.variable().name();
    throw new RefusedException(
        "",
        Why.of(
            Why.Reason.NO_CLOSED_FORM,
            "the information of '%s' has no closed form in a session".formatted(name),
            name),
        "ask an Advisor about a snapshot");
  }

  private static double bound(CategoricalPosterior posterior) {
    Certificate certificate = posterior.certificate();
    return ((Exact) certificate).relativeErrorBound();
  }

  /** The mean size of the log ratios whose mean is the divergence. */
  private static double spread(CategoricalPosterior p, CategoricalPosterior q) {
    double sum = 0;
    for (int s = 0; s < p.variable().numStates(); s++) {
      if (p.probability(s) > 0) {
        sum += p.probability(s) * Math.abs(p.logProbability(s) - q.logProbability(s));
      }
    }
    return sum;
  }

  private static Work plus(Work a, Work b) {
    return new Work(
        a.nodesUp + b.nodesUp,
        a.edgesUp + b.edgesUp,
        a.nodesDown + b.nodesDown,
        a.edgesDown + b.edgesDown,
        a.isFull || b.isFull);
  }
}
