package org.ugmm.engine.data;

import java.io.Serializable;
import java.util.List;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/**
 * Why a property fails or a query has no answer, as data: the text is made for whoever reads it, in
 * the words of the circuit or of the model that it was compiled from. Immutable.
 *
 * @param reason the kind of it
 * @param node the node of the circuit that it is about, -1 for none
 * @param children those of its children that show it, perhaps none
 * @param variables names of the variables that it is about, perhaps none
 * @param detail the sentence, where it speaks of no node; else empty
 */
public record Why(
    Reason reason, int node, List<Integer> children, List<String> variables, String detail)
    implements Serializable {

  /** The kinds of reasons. */
  public enum Reason {
    /** A Gaussian link lies above a leaf: no rule integrates through it. */
    LINK,
    /** The children of a sum differ in scope. */
    NOT_SMOOTH,
    /** Two children of a product share a variable. */
    NOT_DECOMPOSABLE,
    /** Two children of a sum may be non-zero together, or that they are not is unproven. */
    NOT_DETERMINISTIC,
    /** A real variable has neither a value nor a bounded domain or interval. */
    UNBOUNDED,
    /** A proof does not weigh by the prior of a variable. */
    PRIOR,
    /** There are too many joint states to sum over. */
    TOO_MANY_STATES,
    /** The evidence has probability zero. */
    ZERO_PROBABILITY,
    /** Rounding may have changed the answer by too much. */
    ROUNDING,
    /** The budget of work or time ended first. */
    BUDGET,
    /** What was found has a certificate that is not allowed. */
    NOT_ALLOWED,
    /** The answer has no closed form, and nothing else is offered for it. */
    NO_CLOSED_FORM
  }

  /** Copies the lists. */
  public Why {
    children = List.copyOf(children);
    variables = List.copyOf(variables);
  }

  /** A reason that speaks of no node. */
  public static Why of(Reason reason, String detail, String... variables) {
    return new Why(reason, -1, List.of(), List.of(variables), detail);
  }

  /** The first variable that it is about, null for none. */
  public @Nullable String variable() {
    return variables.isEmpty() ? null : variables.get(0);
  }

  /** The sentence with nodes by their numbers in the circuit. */
  public String text() {
    String kind =
        switch (reason) {
          case NOT_SMOOTH, NOT_DETERMINISTIC -> "sum node ";
          case NOT_DECOMPOSABLE -> "product node ";
          default -> "node ";
        };
    return text(kind + node, children.stream().map(String::valueOf).toList(), "node ");
  }

  /**
   * The sentence with nodes in other words.
   *
   * @param name describes a node of the circuit, such as {@code sum unit 0 of layer 'h'}
   */
  public String text(IntFunction<String> name) {
    return node < 0
        ? detail
        : text(name.apply(node), children.stream().map(name::apply).toList(), "");
  }

  private String text(String self, List<String> below, String beforeChild) {
    return switch (reason) {
      case LINK ->
          below.isEmpty()
              ? "%s is a Gaussian link above a leaf on '%s'".formatted(self, variables.get(0))
              : "%s is a Gaussian link over %s%s".formatted(self, beforeChild, below.get(0));
      case NOT_SMOOTH ->
          below.size() == 1
              ? "%s is not smooth: child %s lacks variable '%s'"
                  .formatted(self, below.get(0), variables.get(0))
              : "%s is not smooth: children %s and %s differ in scope by %s"
                  .formatted(self, below.get(0), below.get(1), Names.list(quoted()));
      case NOT_DECOMPOSABLE ->
          "%s is not decomposable: children %s and %s share variable '%s'"
              .formatted(self, below.get(0), below.get(1), variables.get(0));
      case NOT_DETERMINISTIC ->
          below.isEmpty()
              ? self + ": " + detail
              : "%s is not deterministic: children %s and %s can both be non-zero"
                  .formatted(self, below.get(0), below.get(1));
      default -> detail;
    };
  }

  private List<String> quoted() {
    return variables.stream().map(name -> "'" + name + "'").toList();
  }

  @Override
  public String toString() {
    return text();
  }
}
