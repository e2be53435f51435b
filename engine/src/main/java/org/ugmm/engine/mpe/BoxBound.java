package org.ugmm.engine.mpe;

import java.util.List;

/** Bounds the natural log of a function over boxes, for {@link BestFirst}. */
interface BoxBound {
  /**
   * Returns an upper bound, rounding included, on the function over the box; -infinity when the box
   * is proven to hold no global maximiser that no other box holds. May shrink the box as long as it
   * keeps every global maximiser in it, sets {@link Box#split} to the dimension to split at (-1 for
   * none), and offers the points it comes across to the incumbent.
   *
   * @param enough a bound at or below this need not be made tighter
   */
  double bound(Box box, Incumbent incumbent, double enough);

  /** Adds the parts of the box along its split dimension, which together cover it. */
  void split(Box box, List<Box> parts);
}
