package org.ugmm.compiler.passes;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.ugmm.compiler.graph.Graph;

/** Runs the passes in their order. */
public final class Pipeline {
  private Pipeline() {}

  /**
   * Runs every pass that is not skipped.
   *
   * @param graph the graph as lowered; not modified
   * @param skipped the passes to leave out
   * @param reports (Output) one report for each pass that ran is appended
   * @return the graph after the last pass, without dead nodes; its root is its last node
   */
  public static Graph run(Graph graph, Set<Pass> skipped, List<PassReport> reports) {
    Graph current = graph;
    for (Pass pass : Pass.values()) {
      if (!skipped.contains(pass)) {
        current = run(pass, current, reports);
      }
    }
    return skipped.contains(Pass.ORDER) ? Order.asNumbered(current) : current;
  }

  private static Graph run(Pass pass, Graph before, List<PassReport> reports) {
    long start = System.nanoTime();
    List<String> notes = new ArrayList<>();
    Graph after =
        switch (pass) {
          case SMOOTH -> Smooth.run(before, notes);
          case SIMPLIFY -> Simplify.run(before);
          case ORDER -> Order.run(before);
        };
    double millis = (System.nanoTime() - start) / 1e6;
    reports.add(
        new PassReport(
            pass.name().toLowerCase(Locale.ROOT),
            before.numLiveNodes(),
            before.numLiveEdges(),
            after.numLiveNodes(),
            after.numLiveEdges(),
            millis,
            notes));
    return after;
  }
}
