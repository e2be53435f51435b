package org.ugmm.engine;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.ugmm.engine.data.Certificate.Kind;
import org.ugmm.engine.data.InferenceOptions;
import org.ugmm.engine.data.Variable;
import org.ugmm.engine.data.Variable.Real;
import org.ugmm.engine.data.Why;
import org.ugmm.engine.flat.ClosedFormVariables;
import org.ugmm.engine.flat.FlatCircuit;

/**
 * What an {@link Inference} answers and how, known without a query. Immutable.
 *
 * @param isNormalised whether log-densities and marginals are those of f / Z
 * @param answers one for each query, in the order of {@link Query}
 */
public record Capabilities(boolean isNormalised, List<Answer> answers) {

  /** The queries. */
  public enum Query {
    /** {@link Inference#logDensity}. */
    LOG_DENSITY,
    /** {@link Inference#marginal}. */
    MARGINAL,
    /** {@link Inference#conditional}. */
    CONDITIONAL,
    /** {@link Inference#posterior(int, Evidence)} and {@link Inference#posteriors}. */
    POSTERIOR,
    /** {@link Inference#moments}. */
    MOMENTS,
    /** {@link Inference#mpe}. */
    MPE,
    /** {@link Inference#best}. */
    BEST,
    /** {@link Inference#certifiedState(int, Evidence)}. */
    CERTIFIED_STATE,
    /** {@link Inference#gradient}. */
    GRADIENT,
    /** {@link Inference#sample(Evidence, int)}. */
    SAMPLE
  }

  /** What the work of an answer grows with. */
  public enum Method {
    /** One pass over the circuit. */
    ONE_PASS,
    /** One pass up and one down, for all variables. */
    TWO_PASSES,
    /** Two passes for each variable. */
    TWO_PASSES_A_VARIABLE,
    /** One pass, or two, for each joint state of what no rule sums out. */
    JOINT_STATES,
    /** One pass of maxima and a traceback. */
    MAX_PASS,
    /** Boxes looked at, within the budget. */
    BRANCH_AND_BOUND
  }

  /**
   * How one query is answered.
   *
   * @param query the query
   * @param method how, in closed form; the only way for an MPE and a certified state
   * @param exactWithout names of the variables that may lack a value, alone or together, in an
   *     answer that is EXACT, as long as the joint states of those that no rule sums out are not
   *     too many
   * @param otherWithout names of those that may lack a value too, in an answer whose certificate is
   *     one of {@code kinds}
   * @param kinds the certificates of such answers that the options allow
   * @param refusedWithout names of those that need a value
   * @param whyNot why the query or a closed form is refused, null where nothing is
   */
  public record Answer(
      Query query,
      Method method,
      List<String> exactWithout,
      List<String> otherWithout,
      Set<Kind> kinds,
      List<String> refusedWithout,
      @Nullable Why whyNot) {
    /** Copies the lists. */
    public Answer {
      exactWithout = List.copyOf(exactWithout);
      otherWithout = List.copyOf(otherWithout);
      kinds = Set.copyOf(kinds);
      refusedWithout = List.copyOf(refusedWithout);
    }
  }

  /** Copies the list. */
  public Capabilities {
    answers = List.copyOf(answers);
  }

  /** How a query is answered. */
  public Answer of(Query query) {
    return answers.get(query.ordinal());
  }

  static Capabilities of(
      FlatCircuit c,
      ClosedFormVariables closedForm,
      boolean isNormalised,
      InferenceOptions options) {
    List<Answer> answers = new ArrayList<>();
    for (Query query : Query.values()) {
      answers.add(
          switch (query) {
            case LOG_DENSITY ->
                new Answer(query, Method.ONE_PASS, List.of(), List.of(), Set.of(), names(c), null);
            case MPE, BEST, CERTIFIED_STATE -> searched(c, query, options);
            default -> integrated(c, closedForm, query, options);
          });
    }
    return new Capabilities(isNormalised, answers);
  }

  private static List<String> names(FlatCircuit c) {
    return c.variables.stream().map(Variable::name).toList();
  }

  private static boolean isUnbounded(Variable variable) {
    return variable instanceof Real real && !real.isBounded();
  }

  private static Answer integrated(
      FlatCircuit c, ClosedFormVariables closedForm, Query query, InferenceOptions options) {
    List<String> exact = new ArrayList<>();
    List<String> other = new ArrayList<>();
    List<String> refused = new ArrayList<>();
    Set<Kind> kinds = EnumSet.noneOf(Kind.class);
    kinds.addAll(options.allowed());
    kinds.remove(Kind.EXACT);
    boolean hasRungs =
        query == Query.MARGINAL || query == Query.CONDITIONAL || query == Query.POSTERIOR;
    boolean isOnePass = true;
    Why whyNot = null;
    for (int v = 0; v < c.numVariables(); v++) {
      Variable variable = c.variables.get(v);
      Why why = closedForm.whyNot(v);
      isOnePass &= why == null;
      if (why == null || !(variable instanceof Real)) {
        exact.add(variable.name());
        continue;
      }
      whyNot = whyNot == null ? why : whyNot;
      boolean isOther = hasRungs && !kinds.isEmpty() && !isUnbounded(variable);
      (isOther ? other : refused).add(variable.name());
    }
    Method method =
        switch (query) {
          case POSTERIOR, GRADIENT, SAMPLE -> Method.TWO_PASSES;
          case MOMENTS -> Method.TWO_PASSES_A_VARIABLE;
          default -> Method.ONE_PASS;
        };
    return new Answer(
        query,
        isOnePass ? method : Method.JOINT_STATES,
        exact,
        other,
        other.isEmpty() ? Set.of() : kinds,
        refused,
        whyNot);
  }

  private static Answer searched(FlatCircuit c, Query query, InferenceOptions options) {
    Why whyNotMaxPass = c.structure().whyNotMaxPass();
    if (query == Query.BEST) {
      Why whyNot = MpeQueries.whyNotBest(c);
      List<String> all = names(c);
      return new Answer(
          query,
          Method.MAX_PASS,
          whyNot == null ? all : List.of(),
          List.of(),
          Set.of(),
          whyNot == null ? List.of() : all,
          whyNot);
    }
    if (query == Query.MPE && whyNotMaxPass == null) {
      return new Answer(query, Method.MAX_PASS, names(c), List.of(), Set.of(), List.of(), null);
    }
    boolean needsBounds = query == Query.CERTIFIED_STATE || c.structure().hasLinks();
    List<String> open = new ArrayList<>();
    List<String> refused = new ArrayList<>();
    for (Variable variable : c.variables) {
      (needsBounds && isUnbounded(variable) ? refused : open).add(variable.name());
    }
    Set<Kind> kinds =
        query == Query.MPE && options.allows(Kind.ENCLOSED)
            ? EnumSet.of(Kind.EXACT, Kind.ENCLOSED)
            : EnumSet.of(Kind.EXACT);
    return new Answer(
        query, Method.BRANCH_AND_BOUND, List.of(), open, kinds, refused, whyNotMaxPass);
  }
}
