package org.ugmm.engine.explain;

import java.util.List;
import org.ugmm.engine.data.Certificate;
import org.ugmm.engine.data.Quantity;
import org.ugmm.engine.data.Variable;

/**
 * What each piece of evidence did to what is believed of a target. Immutable.
 *
 * <p>The measure is the log-odds {@code log(p / (1 - p))} of a state of a categorical target, the
 * mean of a real one. It goes from {@code before}, without the pieces, to {@code after}, with all
 * of them; the Shapley values of the pieces add up to that way.
 *
 * @param target the variable
 * @param state index of the state whose log-odds are measured; -1 for a real target
 * @param before the measure without the pieces
 * @param after the measure with all pieces
 * @param pieces one for each variable that the evidence knows something of, in their order
 */
public record Explanation(
    Variable target, int state, Quantity before, Quantity after, List<Piece> pieces) {

  /**
   * One piece of evidence.
   *
   * @param variable its index
   * @param shapley its Shapley value: how much it moves the measure when it comes in, on average
   *     over all orders in which the pieces may come in. EXACT, or ESTIMATED with its standard
   *     error
   * @param leaveOneOut how much the measure would fall without it, all others kept
   */
  public record Piece(int variable, Quantity shapley, Quantity leaveOneOut) {}

  /** Copies the list. */
  public Explanation {
    pieces = List.copyOf(pieces);
  }

  /** The sum of the Shapley values. */
  public double sum() {
    double sum = 0;
    for (Piece piece : pieces) {
      sum += piece.shapley.value();
    }
    return sum;
  }

  /**
   * Proven bound on {@code |sum() - (after - before)|}; infinite where the values are estimates,
   * whose sum is right up to rounding all the same, since every order that is drawn leads from one
   * end to the other.
   */
  public double sumErrorBound() {
    double bound = absolute(before) + absolute(after);
    double size = Math.abs(before.value()) + Math.abs(after.value());
    for (Piece piece : pieces) {
      bound += absolute(piece.shapley);
      size += Math.abs(piece.shapley.value());
    }
    return 1.01 * (bound + (pieces.size() + 2) * 0x1p-52 * size);
  }

  private static double absolute(Quantity quantity) {
    return quantity.certificate() instanceof Certificate.Exact exact
        ? exact.relativeErrorBound() * Math.max(1, Math.abs(quantity.value()))
        : Double.POSITIVE_INFINITY;
  }
}
