package org.ugmm.tool.fill;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.util.EnumMap;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.ugmm.tool.out.Words;
import org.ugmm.tool.run.Outcomes.Status;

/** What was filled. */
public final class FillSummary {
  private final Map<Status, Long> counts = new EnumMap<>(Status.class);
  private long rows;
  private long filledRows;
  private long cells;
  private @Nullable String firstNote;

  void add(Filled filled) {
    rows += filled.numRows();
    filledRows += filled.numFilledRows;
    cells += filled.numCells;
    for (int r = 0; r < filled.numRows(); r++) {
      counts.merge(filled.status(r), 1L, Long::sum);
      if (filled.isRefused(r) && firstNote == null) {
        firstNote = filled.note(r);
      }
    }
  }

  private long count(Status status) {
    return counts.getOrDefault(status, 0L);
  }

  /** What was done, in one sentence. */
  public String words() {
    String certificates =
        counts.entrySet().stream()
            .map(e -> Words.count(e.getValue()) + " " + e.getKey())
            .collect(Collectors.joining(", "));
    return "%s rows (%s), %s cells filled in %s of them"
        .formatted(
            Words.count(rows),
            certificates.isEmpty() ? "none" : certificates,
            Words.count(cells),
            Words.count(filledRows));
  }

  /** What the user should know of rows that are not filled; empty where there are none. */
  public String trouble() {
    long errors = count(Status.ERROR);
    long refused = count(Status.REFUSED);
    return errors + refused == 0
        ? ""
        : "%s rows in error, %s refused, left as they were; see the column note, first: %s"
            .formatted(Words.count(errors), Words.count(refused), firstNote);
  }

  /** Writes one JSON object. */
  public void writeJson(JsonGenerator json, long nanos) throws IOException {
    json.writeStartObject();
    json.writeNumberField("rows", rows);
    json.writeNumberField("filledRows", filledRows);
    json.writeNumberField("filledCells", cells);
    json.writeNumberField("refusedRows", count(Status.REFUSED));
    json.writeNumberField("errorRows", count(Status.ERROR));
    json.writeNumberField("elapsedSeconds", nanos / 1e9);
    json.writeNumberField("rowsPerSecond", rows / (nanos / 1e9));
    json.writeEndObject();
  }
}
