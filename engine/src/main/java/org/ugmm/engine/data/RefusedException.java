package org.ugmm.engine.data;

import java.util.function.IntFunction;

/**
 * Says that a query can be given none of the allowed certificates, why, and what would help. The
 * circuit and the call are valid; a wrong number is worse than no number.
 */
public final class RefusedException extends UgmmException {
  private static final long serialVersionUID = 1;

  private final String what;
  private final Why why;
  private final String remedy;

  /**
   * Creates a refusal.
   *
   * @param what what there is none of, such as {@code the marginal}; empty where the reason says it
   * @param why the reason
   * @param remedy what would help, an imperative
   */
  public RefusedException(String what, Why why, String remedy) {
    this(what, why, remedy, -1);
  }

  /** Creates a refusal for what rounding may have done. */
  public RefusedException(String problem) {
    this("", Why.of(Why.Reason.ROUNDING, problem), "");
  }

  private RefusedException(String what, Why why, String remedy, long row) {
    super(text(what, why.text(), remedy), why.variable(), row, null);
    this.what = what;
    this.why = why;
    this.remedy = remedy;
  }

  private static String text(String what, String why, String remedy) {
    return (what.isEmpty() ? "" : what + ": ") + why + (remedy.isEmpty() ? "" : "; " + remedy);
  }

  /** The refusal of all that is conditioned on evidence of probability zero. */
  public static RefusedException zeroProbability() {
    return new RefusedException(
        "",
        Why.of(Why.Reason.ZERO_PROBABILITY, "the evidence has probability zero"),
        "nothing follows from it: correct or loosen it");
  }

  /** The reason. */
  public Why why() {
    return why;
  }

  @Override
  public int node() {
    return why.node();
  }

  @Override
  public String remedy() {
    return remedy;
  }

  /**
   * The message without the row, with nodes in other words.
   *
   * @param name describes a node of the circuit
   */
  public String problem(IntFunction<String> name) {
    return text(what, why.text(name), remedy);
  }

  /**
   * The same about a place of the caller's own.
   *
   * @param place such as {@code line 5}, put before the message
   */
  public RefusedException at(String place) {
    return new RefusedException(what.isEmpty() ? place : place + ": " + what, why, remedy, row());
  }

  @Override
  public RefusedException atRow(long number) {
    return new RefusedException(what, why, remedy, number);
  }
}
