package org.ugmm.compiler.passes;

import java.util.List;

/**
 * What one pass did.
 *
 * @param pass the name of the pass, lower case
 * @param nodesBefore live nodes before it
 * @param edgesBefore edges of live nodes before it
 * @param nodesAfter nodes after it
 * @param edgesAfter edges after it
 * @param elapsedMillis wall time
 * @param notes what a user should know, such as why a sum could not be made smooth
 */
public record PassReport(
    String pass,
    int nodesBefore,
    int edgesBefore,
    int nodesAfter,
    int edgesAfter,
    double elapsedMillis,
    List<String> notes) {
  /** Copies the notes. */
  public PassReport {
    notes = List.copyOf(notes);
  }

  @Override
  public String toString() {
    return "%s: %d -> %d nodes, %d -> %d edges, %.1f ms%s"
        .formatted(
            pass,
            nodesBefore,
            nodesAfter,
            edgesBefore,
            edgesAfter,
            elapsedMillis,
            notes.isEmpty() ? "" : "; " + String.join("; ", notes));
  }
}
