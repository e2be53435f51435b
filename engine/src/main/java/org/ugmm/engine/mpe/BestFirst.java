package org.ugmm.engine.mpe;

import it.unimi.dsi.fastutil.objects.ObjectHeapPriorityQueue;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.ugmm.engine.data.Budget;

/** Best-first branch and bound over boxes: the box with the greatest upper bound is split next. */
public final class BestFirst {
  /*
   * The greatest upper bound among the boxes still open, the boxes set aside and the incumbent is at
   * all times an upper bound of the maximum, so the search may stop whenever it likes. A box is set
   * aside when its bound is within the tolerance of the incumbent or when it cannot be split.
   */
  /** Of a box and its two arrays, their numbers apart. */
  private static final long BYTES_OF_BOX = 96;

  private static final Comparator<Box> GREATEST_FIRST =
      Comparator.<Box>comparingDouble(b -> -b.upper).thenComparingLong(b -> b.serial);

  private final BoxBound bound;
  private final Incumbent incumbent;
  private final double tolerance;
  private double asideUpper = Double.NEGATIVE_INFINITY;
  private long boxes;
  private long serial;

  public BestFirst(BoxBound bound, Incumbent incumbent, double tolerance) {
    this.bound = bound;
    this.incumbent = incumbent;
    this.tolerance = tolerance;
  }

  /**
   * Searches the root box until the gap closes or a budget ends.
   *
   * @return proven upper bound of the maximum over the root box
   */
  public double search(Box root, Budget budget) {
    long start = System.nanoTime();
    long maxWaiting = budget.waiting(BYTES_OF_BOX + 2L * Double.BYTES * root.lo.length);
    ObjectHeapPriorityQueue<Box> open = new ObjectHeapPriorityQueue<>(GREATEST_FIRST);
    List<Box> parts = new ArrayList<>();
    consider(root, open);
    while (!open.isEmpty()
        && open.first().upper > incumbent.value + tolerance
        && boxes < budget.boxes()
        && open.size() < maxWaiting
        && (budget.nanos() == Long.MAX_VALUE || System.nanoTime() - start < budget.nanos())) {
      Box box = open.dequeue();
      parts.clear();
      bound.split(box, parts);
      for (Box part : parts) {
        part.upper = box.upper;
        consider(part, open);
      }
    }
    double upper = Math.max(asideUpper, incumbent.value);
    return open.isEmpty() ? upper : Math.max(upper, open.first().upper);
  }

  /** Boxes looked at. */
  public long boxes() {
    return boxes;
  }

  private void consider(Box box, ObjectHeapPriorityQueue<Box> open) {
    boxes++;
    double enough = incumbent.value + tolerance;
    double upper = bound.bound(box, incumbent, enough);
    box.upper = Math.min(box.upper, Double.isNaN(upper) ? Double.POSITIVE_INFINITY : upper);
    if (box.upper == Double.NEGATIVE_INFINITY) {
      return;
    }
    if (box.split < 0 || box.upper <= incumbent.value + tolerance) {
      asideUpper = Math.max(asideUpper, box.upper);
    } else {
      box.serial = serial++;
      open.enqueue(box);
    }
  }
}
