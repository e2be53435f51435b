package org.ugmm.tool.answer;

import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import org.ugmm.tool.run.RowWork;
import org.ugmm.tool.table.Rows;

/** Answers questions about every row of a table. */
public final class Scoring implements RowWork<AnswerTable> {
  private final Asker asker;
  private final @Nullable AnswerSink sink;
  private final Summary summary;

  /**
   * Prepares to answer.
   *
   * @param sink how answers are written; null where only the summary is wanted
   */
  public Scoring(Asker asker, @Nullable AnswerSink sink) {
    this(asker, sink, new Summary(asker, sink != null));
  }

  private Scoring(Asker asker, @Nullable AnswerSink sink, Summary summary) {
    this.asker = asker;
    this.sink = sink;
    this.summary = summary;
  }

  /** What the answers come to. */
  public Summary summary() {
    return summary;
  }

  @Override
  public Scoring fork() {
    return new Scoring(asker.fork(), sink, summary);
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  @Override
  public byte[] head() {
    return bytes(sink == null ? "" : sink.head());
  }

  @Override
  public AnswerTable answer(Rows rows) {
    return asker.ask(rows);
  }

  @Override
  public byte[] text(AnswerTable answers, boolean isFirst) {
    return bytes(sink == null ? "" : sink.rows(answers, isFirst));
  }

  @Override
  public void add(AnswerTable answers) {
    summary.add(answers);
  }

  @Override
  public byte[] foot(boolean isEmpty) {
    return bytes(sink == null ? "" : sink.foot(isEmpty));
  }
}
