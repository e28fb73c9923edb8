package dev.lmtp.io;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * What the threads of {@link LeaderFollowers} do, one access to something shared after the other:
 * two workers, the stand-by thread, two peers, and somebody who ends waits. Each step names the
 * method it is from. A worker's step counts as one where only the worker can change what it reads.
 *
 * <p>A selector that waits looks for what keys asked for when it began, and hands over only what
 * they still ask for.
 */
final class LeaderFollowersModel {

  /** What a session does with its input. */
  enum Script {
    /** Answers it. */
    QUICK,
    /** Waits for a second input in the same step. */
    READS_ON,
    /** Waits for room for its answer. */
    WRITES_ON,
    /** As QUICK, and its wait for input is ended by somebody. */
    ENDED,
    /** As READS_ON, and the second input never comes: its wait is ended. */
    ENDED_READING,
    /** As READS_ON, and the wait for what follows is ended. */
    ENDED_BEHIND,
    /** As WRITES_ON, and the room never comes: its wait is ended. */
    ENDED_WRITING,
    /** Does not return before the other session has had all its input. */
    TAKES_LONG
  }

  /** Mistakes that somebody might make in the code. */
  enum Fault {
    NONE,
    /** becameReady mutes first and tells the selector then. */
    MUTE_BEFORE_LOOKING_AWAY,
    /** becameReady does not look for input again where the owner came to rest meanwhile. */
    NO_LOOKING_AGAIN,
    /** rest does not look whether its wait was ended. */
    NO_LOOK_AT_THE_END,
    /** wasCalled does not look whether the wait was ended when it puts a channel in again. */
    NO_LOOK_WHEN_IN,
    /** rest looks for input first, and rests then. */
    LOOK_BEFORE_REST,
    /** block says so first, and leaves the selector then. */
    BLOCKING_BEFORE_LEAVING,
    /** rest says RESTING of a place that blocked. */
    NO_STATE_FOR_OUT,
    /** rest calls nobody to put it into the selector again. */
    NOT_CALLED_WHEN_OUT,
    /** A key that the selector has not let go of is not waited for. */
    NOT_LET_GO,
    /** Whoever changes what keys ask for does not wake the selector. */
    NO_WAKE,
    /** The leader says that it selects only when it has looked at what was called. */
    SELECTING_TOO_LATE,
    /** block does not see to it that anybody leads. */
    NO_LEADER_ENSURED,
    /** The stand-by thread does not look again before it rests. */
    NO_SECOND_LOOK,
    /** A found place is run though somebody owns it. */
    RUN_TWICE,
    /** A place that somebody owns is not muted, so the selector finds it again and again. */
    NEVER_MUTED
  }

  // Sessions: their states are Place.State's.
  private static final byte RESTING = 0;
  private static final byte RUNNING = 1;
  private static final byte MUTED = 2;
  private static final byte BLOCKING = 3;
  private static final byte OUT = 4;

  // Keys.
  private static final byte VALID = 0;
  private static final byte CANCELLED = 1;
  private static final byte GONE = 2;

  // Where what stands in a state.
  private static final int TAKEN = 0; // Lead: whether somebody leads
  private static final int READY = 1; // bits
  private static final int CALLED = 2; // bits
  private static final int SELECTING = 3;
  private static final int WAKEUP = 4;
  private static final int SUMMONS = 5;
  private static final int STANDBY_RESTS = 6;
  private static final int STANDBY_PERMIT = 7;
  private static final int STANDBY_PC = 8;
  private static final int STANDBY_SAW = 9; // that the lead changed hands since it looked
  private static final int HANDED_OVER = 10; // bits
  private static final int SESSION = 11;
  private static final int STATE = 0;
  private static final int INTEREST = 1; // whether the key asks for input
  private static final int LOOKED_FOR = 2; // by the selector that waits
  private static final int INPUT = 3;
  private static final int TO_COME = 4;
  private static final int ROOM = 5;
  private static final int ENDED = 6;
  private static final int ENDER = 7; // pc of who ends it
  private static final int OVER = 8;
  private static final int KEY = 9;
  private static final int SESSION_SIZE = 10;
  private static final int WORKER = SESSION + 2 * SESSION_SIZE;
  private static final int PC = 0;
  private static final int PLACE = 1;
  private static final int FOUND = 2; // bits that are still to be looked at
  private static final int SAW = 3; // that the lead changed hands since it looked
  private static final int BACK = 4; // where becameReady returns to
  private static final int WORKER_SIZE = 5;
  private static final int SIZE = WORKER + 2 * WORKER_SIZE;

  private enum At {
    POOL,
    TAKE,
    TAKE_SEEN,
    LOOP,
    SELECT,
    SELECT_CALLED,
    SELECT_CALLED_LATE,
    SELECT_BEGIN,
    SELECT_WAIT,
    SELECT_NOW,
    FOUND_NEXT,
    SELECT_END,
    DRAIN,
    REGISTERED,
    BECAME_READY,
    READY_MUTE,
    READY_LOOK_AGAIN,
    READY_RUN,
    CHOOSE,
    LEAVE,
    LEFT,
    STEP,
    BUSY,
    READ_ON,
    WRITE_ON,
    BLOCK,
    BLOCK_SAID,
    BLOCK_LEADER,
    BLOCK_CALL,
    BLOCKED,
    REST,
    REST_LOOK,
    REST_WAKE,
    REST_ENDED,
    REST_CALL,
    REST_CALL_WAKE,
    OVER_WAKE
  }

  private static final At[] AT = At.values();

  private final List<Script> scripts;
  private final Fault fault;
  private final List<byte[]> states = new ArrayList<>();

  /** From each state, where to by whom: the state's number times ACTORS, and the actor's. */
  private final List<int[]> edges = new ArrayList<>();

  LeaderFollowersModel(List<Script> scripts, Fault fault) {
    this.scripts = scripts;
    this.fault = fault;
  }

  private byte[] beginning() {
    byte[] s = new byte[SIZE];
    s[SUMMONS] = 1;
    for (int i = 0; i < 2; i++) {
      int at = SESSION + i * SESSION_SIZE;
      s[at + INTEREST] = 1;
      s[at + TO_COME] =
          (byte)
              switch (scripts.get(i)) {
                case READS_ON -> 4;
                case ENDED_BEHIND -> 2;
                case QUICK -> i == 0 ? 2 : 1;
                default -> 1;
              };
    }
    return s;
  }

  // ---------------------------------------------------------------- the walk

  private static final int ACTORS = 7;

  /** How many states the last walk met. */
  int size() {
    return states.size();
  }

  /** Returns what is wrong, or an empty text. */
  String walk() {
    Map<ByteBuffer, Integer> numbers = new HashMap<>();
    meet(beginning(), numbers);
    for (int n = 0; n < states.size(); n++) {
      byte[] state = states.get(n);
      int[] out = new int[2 * ACTORS + 4];
      int count = 0;
      for (int actor = 0; actor < ACTORS; actor++) {
        for (byte[] next : next(state, actor)) {
          String wrong = wrong(next);
          if (!wrong.isEmpty()) {
            return wrong + ": " + told(next);
          }
          out[count++] = meet(next, numbers) * ACTORS + actor;
        }
      }
      edges.add(Arrays.copyOf(out, count));
    }
    String stuck = stuck();
    return stuck.isEmpty() ? turning() : stuck;
  }

  private int meet(byte[] state, Map<ByteBuffer, Integer> numbers) {
    int fresh = states.size();
    Integer known = numbers.putIfAbsent(ByteBuffer.wrap(state), fresh);
    if (known == null) {
      states.add(state);
      return fresh;
    }
    return known;
  }

  private String wrong(byte[] s) {
    int leading = 0;
    for (int w = 0; w < 2; w++) {
      leading += leads(AT[s[WORKER + w * WORKER_SIZE + PC]]) ? 1 : 0;
    }
    if (leading > 1) {
      return "two lead";
    }
    for (int w = WORKER; w < SIZE; w += WORKER_SIZE) {
      int place = SESSION + s[w + PLACE] * SESSION_SIZE;
      if (AT[s[w + PC]] == At.STEP && s[place + KEY] != VALID && s[place + OVER] == 0) {
        return "runs outside of the selector";
      }
    }
    if (nobodyWillLead(s)) {
      return "nobody leads while a session waits for its peer";
    }
    return s[WORKER + PLACE] == s[WORKER + WORKER_SIZE + PLACE]
            && runs(AT[s[WORKER + PC]])
            && runs(AT[s[WORKER + WORKER_SIZE + PC]])
        ? "two run one session"
        : "";
  }

  private static boolean nobodyWillLead(byte[] s) {
    boolean waits = false;
    for (int w = WORKER; w < SIZE; w += WORKER_SIZE) {
      At at = AT[s[w + PC]];
      waits |= at == At.BLOCKED;
      if (at != At.BLOCKED && at != At.POOL) {
        return false;
      }
    }
    return waits && !isTaken(s) && s[SUMMONS] + s[HANDED_OVER] == 0;
  }

  private static boolean leads(At at) {
    return at.compareTo(At.LOOP) >= 0 && at.compareTo(At.LEAVE) <= 0;
  }

  private static boolean runs(At at) {
    return at.compareTo(At.LEFT) >= 0 && at.compareTo(At.REST) <= 0;
  }

  private boolean isDone(byte[] s) {
    for (int i = 0; i < 2; i++) {
      int at = SESSION + i * SESSION_SIZE;
      boolean over = s[at + OVER] == 1;
      boolean ends =
          switch (scripts.get(i)) {
            case ENDED, ENDED_READING, ENDED_BEHIND, ENDED_WRITING -> true;
            default -> false;
          };
      if (ends != over || (!over && s[at + INPUT] + s[at + TO_COME] > 0)) {
        return false;
      }
      if (!over && s[at + STATE] != RESTING) {
        return false;
      }
    }
    return true;
  }

  /** Where there is no way any more to the end of all. */
  private String stuck() {
    int[] from = new int[states.size()];
    Arrays.fill(from, -1);
    int total = edges.stream().mapToInt(out -> out.length).sum();
    int[] origin = new int[total];
    int[] nextOf = new int[total];
    int used = 0;
    for (int n = 0; n < states.size(); n++) {
      for (int edge : edges.get(n)) {
        origin[used] = n;
        nextOf[used] = from[edge / ACTORS];
        from[edge / ACTORS] = used++;
      }
    }
    BitSet good = new BitSet();
    Deque<Integer> todo = new ArrayDeque<>();
    for (int n = 0; n < states.size(); n++) {
      if (isDone(states.get(n))) {
        good.set(n);
        todo.add(n);
      }
    }
    while (!todo.isEmpty()) {
      for (int edge = from[todo.poll()]; edge >= 0; edge = nextOf[edge]) {
        if (!good.get(origin[edge])) {
          good.set(origin[edge]);
          todo.add(origin[edge]);
        }
      }
    }
    int lost = good.nextClearBit(0);
    return lost < states.size() ? "stuck: " + told(states.get(lost)) : "";
  }

  /** Where one worker comes back to where it was while everybody else stands still. */
  private String turning() {
    for (int worker = 0; worker < 2; worker++) {
      byte[] colour = new byte[states.size()];
      for (int n = 0; n < states.size(); n++) {
        Deque<int[]> path = new ArrayDeque<>();
        if (colour[n] == 0) {
          path.push(new int[] {n, 0});
          colour[n] = 1;
        }
        while (!path.isEmpty()) {
          int[] top = path.peek();
          int[] out = edges.get(top[0]);
          if (top[1] == out.length) {
            colour[top[0]] = 2;
            path.pop();
            continue;
          }
          int edge = out[top[1]++];
          int to = edge / ACTORS;
          if (edge % ACTORS == worker && colour[to] == 1) {
            return "turns in a circle: " + told(states.get(to));
          }
          if (edge % ACTORS == worker && colour[to] == 0) {
            colour[to] = 1;
            path.push(new int[] {to, 0});
          }
        }
      }
    }
    return "";
  }

  private static String told(byte[] s) {
    StringBuilder told = new StringBuilder();
    for (int w = 0; w < 2; w++) {
      int at = WORKER + w * WORKER_SIZE;
      told.append("worker ").append(AT[s[at + PC]]).append(" of ").append(s[at + PLACE]);
      told.append("; ");
    }
    return told + Arrays.toString(s);
  }

  // ---------------------------------------------------------------- the steps

  private List<byte[]> next(byte[] from, int actor) {
    List<byte[]> all = new ArrayList<>();
    switch (actor) {
      case 0, 1 -> worker(from, WORKER + actor * WORKER_SIZE, all);
      case 2 -> standby(from, all);
      case 3, 4 -> peer(from, SESSION + (actor - 3) * SESSION_SIZE, all, actor - 3);
      default -> ender(from, actor - 5, all);
    }
    return all;
  }

  private static void step(byte[] from, List<byte[]> all, Consumer<byte[]> change) {
    byte[] to = from.clone();
    change.accept(to);
    all.add(to);
  }

  private void peer(byte[] from, int at, List<byte[]> all, int i) {
    if (from[at + TO_COME] > 0) {
      step(
          from,
          all,
          s -> {
            s[at + TO_COME]--;
            s[at + INPUT]++;
          });
    }
    if (scripts.get(i) == Script.WRITES_ON && from[at + ROOM] == 0) {
      step(from, all, s -> s[at + ROOM] = 1);
    }
  }

  /** WatchedChannel: the wait, then Place.call. */
  private void ender(byte[] from, int i, List<byte[]> all) {
    int at = SESSION + i * SESSION_SIZE;
    switch (scripts.get(i)) {
      case ENDED, ENDED_READING, ENDED_BEHIND, ENDED_WRITING -> {}
      default -> {
        return;
      }
    }
    switch (from[at + ENDER]) {
      case 0 -> {
        // What is to be ended in a step has begun: else this is the script ENDED.
        step(
            from,
            all,
            s -> {
              s[at + ENDED] = 1;
              s[at + ENDER] = 1;
            });
      }
      case 1 ->
          step(
              from,
              all,
              s -> {
                s[CALLED] |= (byte) (1 << i);
                s[at + ENDER] = 2;
              });
      case 2 ->
          step(
              from,
              all,
              s -> {
                wake(s);
                s[at + ENDER] = 3;
              });
      default -> {}
    }
  }

  private void wake(byte[] s) {
    if (s[SELECTING] == 1 && fault != Fault.NO_WAKE) {
      s[WAKEUP] = 1;
    }
  }

  private static void summon(byte[] s) {
    // More than two would find nothing to do.
    s[SUMMONS] = (byte) Math.min(2, s[SUMMONS] + 1);
  }

  private void standby(byte[] from, List<byte[]> all) {
    if (!scripts.contains(Script.TAKES_LONG)) {
      // Only surprises need it.
      return;
    }
    step(
        from,
        all,
        s -> {
          switch (s[STANDBY_PC]) {
            case 0 -> {
              s[STANDBY_SAW] = 0;
              s[STANDBY_PC] = 1;
            }
            case 1 -> s[STANDBY_PC] = (byte) (s[STANDBY_SAW] == 1 ? 0 : 2);
            case 2 -> {
              if (isTaken(s)) {
                s[STANDBY_PC] = 3;
              } else {
                summon(s);
                s[STANDBY_PC] = 0;
              }
            }
            case 3 -> {
              s[STANDBY_RESTS] = 1;
              s[STANDBY_PC] = 4;
            }
            case 4 ->
                s[STANDBY_PC] =
                    (byte) (s[STANDBY_SAW] == 0 || fault == Fault.NO_SECOND_LOOK ? 5 : 6);
            case 5 -> {
              if (s[STANDBY_PERMIT] == 1) {
                s[STANDBY_PERMIT] = 0;
                s[STANDBY_PC] = 6;
              }
            }
            default -> {
              s[STANDBY_RESTS] = 0;
              s[STANDBY_PC] = 0;
            }
          }
        });
  }

  private static boolean isTaken(byte[] s) {
    return s[TAKEN] == 1;
  }

  private void changeHands(byte[] s, int taken) {
    s[TAKEN] = (byte) taken;
    for (int w = WORKER; w < SIZE; w += WORKER_SIZE) {
      s[w + SAW] = (byte) (AT[s[w + PC]] == At.TAKE_SEEN ? 1 : 0);
    }
    s[STANDBY_SAW] = (byte) (s[STANDBY_PC] >= 1 && s[STANDBY_PC] <= 4 ? 1 : 0);
  }

  private void worker(byte[] from, int w, List<byte[]> all) {
    int place = SESSION + from[w + PLACE] * SESSION_SIZE;
    switch (AT[from[w + PC]]) {
      case POOL -> {
        if (from[SUMMONS] > 0) {
          step(
              from,
              all,
              s -> {
                s[SUMMONS]--;
                go(s, w, At.TAKE);
              });
        }
        for (int i = 0; i < 2; i++) {
          int given = i;
          if ((from[HANDED_OVER] & 1 << i) != 0) {
            step(
                from,
                all,
                s -> {
                  s[HANDED_OVER] &= (byte) ~(1 << given);
                  s[w + PLACE] = (byte) given;
                  go(s, w, At.STEP);
                });
          }
        }
      }
      case SELECT_WAIT -> {
        if (from[WAKEUP] == 1 || found(from) != 0) {
          step(from, all, s -> selected(s, w));
        }
      }
      case CHOOSE -> {
        step(from, all, s -> go(s, w, At.LEAVE));
        // What usually takes long is given to another thread. With a session that takes long beside
        // it that would be a third one, and there are two here.
        if (!scripts.contains(Script.TAKES_LONG)) {
          step(
              from,
              all,
              s -> {
                s[HANDED_OVER] |= (byte) (1 << s[w + PLACE]);
                go(s, w, At.LOOP);
              });
        }
      }
      case BUSY -> {
        int other = SESSION + (1 - from[w + PLACE]) * SESSION_SIZE;
        if (from[other + INPUT] + from[other + TO_COME] == 0) {
          step(from, all, s -> go(s, w, At.REST));
        }
      }
      case BLOCKED -> {
        boolean writes = isWriting(from[w + PLACE]);
        if (from[place + (writes ? ROOM : INPUT)] > 0 || from[place + ENDED] == 1) {
          step(from, all, s -> go(s, w, writes ? At.WRITE_ON : At.READ_ON));
        }
      }
      default -> step(from, all, s -> go(s, w, worker(s, w, place)));
    }
  }

  private static void go(byte[] s, int w, At at) {
    s[w + PC] = (byte) at.ordinal();
    if (at == At.POOL || at == At.LOOP || at == At.TAKE || at == At.SELECT) {
      s[w + PLACE] = 0;
      s[w + FOUND] = 0;
      s[w + BACK] = 0;
      s[w + SAW] = 0;
    }
  }

  private static int found(byte[] s) {
    int found = 0;
    for (int i = 0; i < 2; i++) {
      int at = SESSION + i * SESSION_SIZE;
      boolean read = s[at + LOOKED_FOR] == 1 && s[at + INPUT] > 0;
      found |= read && s[at + OVER] == 0 ? 1 << i : 0;
    }
    return found;
  }

  /** What a selector that waits finds, it finds of keys that it has let go of by then. */
  private static void selected(byte[] s, int w) {
    letGo(s);
    s[w + FOUND] = (byte) found(s);
    s[WAKEUP] = 0;
    go(s, w, At.FOUND_NEXT);
  }

  /** One step where there is one way to go. Returns where the worker is then. */
  private At worker(byte[] s, int w, int place) {
    int number = s[w + PLACE];
    byte state = s[place + STATE];
    switch (AT[s[w + PC]]) {
      case TAKE -> {
        s[w + SAW] = 0;
        return isTaken(s) ? At.POOL : At.TAKE_SEEN;
      }
      case TAKE_SEEN -> {
        if (s[w + SAW] == 1) {
          return At.POOL;
        }
        changeHands(s, 1);
        return At.LOOP;
      }
      case LOOP -> {
        for (int i = 0; i < 2; i++) {
          if ((s[READY] & 1 << i) != 0) {
            s[READY] &= (byte) ~(1 << i);
            s[w + PLACE] = (byte) i;
            return At.CHOOSE;
          }
        }
        return At.SELECT;
      }
      case SELECT -> {
        if (fault == Fault.SELECTING_TOO_LATE) {
          return s[CALLED] == 0 ? At.SELECT_CALLED_LATE : At.SELECT_NOW;
        }
        s[SELECTING] = 1;
        return At.SELECT_CALLED;
      }
      case SELECT_CALLED_LATE -> {
        s[SELECTING] = 1;
        return At.SELECT_BEGIN;
      }
      case SELECT_CALLED -> {
        return s[CALLED] == 0 ? At.SELECT_BEGIN : At.SELECT_NOW;
      }
      case SELECT_BEGIN -> {
        lookFor(s);
        return At.SELECT_WAIT;
      }
      case SELECT_NOW -> {
        lookFor(s);
        selected(s, w);
        return At.FOUND_NEXT;
      }
      case FOUND_NEXT -> {
        for (int i = 0; i < 2; i++) {
          if ((s[w + FOUND] & 1 << i) != 0) {
            s[w + FOUND] &= (byte) ~(1 << i);
            int at = SESSION + i * SESSION_SIZE;
            boolean asked = s[at + INTEREST] == 1 && s[at + LOOKED_FOR] == 1;
            s[w + PLACE] = (byte) i;
            s[w + BACK] = (byte) At.FOUND_NEXT.ordinal();
            return asked ? At.BECAME_READY : At.FOUND_NEXT;
          }
        }
        return At.SELECT_END;
      }
      case SELECT_END -> {
        s[SELECTING] = 0;
        return At.DRAIN;
      }
      case DRAIN -> {
        for (int i = 0; i < 2; i++) {
          if ((s[CALLED] & 1 << i) != 0) {
            int at = SESSION + i * SESSION_SIZE;
            boolean isOut = s[at + STATE] == OUT;
            if (isOut
                && s[at + OVER] == 0
                && s[at + KEY] == CANCELLED
                && fault != Fault.NOT_LET_GO) {
              return At.SELECT_NOW;
            }
            s[CALLED] &= (byte) ~(1 << i);
            s[w + PLACE] = (byte) i;
            s[w + BACK] = (byte) At.DRAIN.ordinal();
            if (isOut) {
              s[at + KEY] = s[at + KEY] == CANCELLED ? CANCELLED : VALID;
              s[at + INTEREST] = 1;
              s[at + STATE] = RESTING;
              return fault == Fault.NO_LOOK_WHEN_IN ? At.DRAIN : At.REGISTERED;
            }
            return At.BECAME_READY;
          }
        }
        return At.LOOP;
      }
      case REGISTERED -> {
        return s[place + ENDED] == 1 ? At.BECAME_READY : At.DRAIN;
      }
      case BECAME_READY -> {
        if (state != RUNNING) {
          return At.READY_RUN;
        }
        if (fault == Fault.RUN_TWICE) {
          s[READY] |= (byte) (1 << number);
          return AT[s[w + BACK]];
        }
        if (fault == Fault.NEVER_MUTED) {
          return AT[s[w + BACK]];
        }
        if (fault == Fault.MUTE_BEFORE_LOOKING_AWAY) {
          s[place + STATE] = MUTED;
        } else {
          look(s, place, 0);
        }
        return At.READY_MUTE;
      }
      case READY_MUTE -> {
        if (fault == Fault.MUTE_BEFORE_LOOKING_AWAY) {
          look(s, place, 0);
          return AT[s[w + BACK]];
        }
        if (state == RUNNING) {
          s[place + STATE] = MUTED;
          return AT[s[w + BACK]];
        }
        return fault == Fault.NO_LOOKING_AGAIN ? At.READY_RUN : At.READY_LOOK_AGAIN;
      }
      case READY_LOOK_AGAIN -> {
        look(s, place, 1);
        return At.READY_RUN;
      }
      case READY_RUN -> {
        if (state == RESTING) {
          s[place + STATE] = RUNNING;
          s[READY] |= (byte) (1 << number);
        }
        return AT[s[w + BACK]];
      }
      case LEAVE -> {
        changeHands(s, 0);
        return At.LEFT;
      }
      case LEFT -> {
        s[STANDBY_PERMIT] |= s[STANDBY_RESTS];
        return At.STEP;
      }
      case STEP -> {
        if (s[place + INPUT] == 0) {
          return over(s, place) ? At.OVER_WAKE : At.REST;
        }
        s[place + INPUT]--;
        return switch (scripts.get(number)) {
          case QUICK, ENDED -> At.REST;
          case READS_ON, ENDED_READING, ENDED_BEHIND -> At.READ_ON;
          case WRITES_ON, ENDED_WRITING -> At.WRITE_ON;
          case TAKES_LONG -> At.BUSY;
        };
      }
      case READ_ON -> {
        if (s[place + INPUT] > 0) {
          s[place + INPUT]--;
          return At.REST;
        }
        if (over(s, place)) {
          return At.OVER_WAKE;
        }
        return state == BLOCKING ? At.BLOCKED : At.BLOCK;
      }
      case WRITE_ON -> {
        if (s[place + ROOM] > 0) {
          return At.REST;
        }
        if (over(s, place)) {
          return At.OVER_WAKE;
        }
        return state == BLOCKING ? At.BLOCKED : At.BLOCK;
      }
      case BLOCK -> {
        if (fault == Fault.BLOCKING_BEFORE_LEAVING) {
          s[place + STATE] = BLOCKING;
        } else {
          s[place + KEY] = CANCELLED;
        }
        return At.BLOCK_SAID;
      }
      case BLOCK_SAID -> {
        s[place + STATE] = BLOCKING;
        s[place + KEY] = s[place + KEY] == VALID ? CANCELLED : s[place + KEY];
        return At.BLOCK_LEADER;
      }
      case BLOCK_LEADER -> {
        return isTaken(s) || fault == Fault.NO_LEADER_ENSURED ? At.BLOCKED : At.BLOCK_CALL;
      }
      case BLOCK_CALL -> {
        summon(s);
        return At.BLOCKED;
      }
      case REST -> {
        if (state == BLOCKING) {
          s[place + STATE] = fault == Fault.NO_STATE_FOR_OUT ? RESTING : OUT;
          return fault == Fault.NOT_CALLED_WHEN_OUT ? At.TAKE : At.REST_CALL;
        }
        if (fault == Fault.LOOK_BEFORE_REST && state == MUTED && s[place + INTEREST] == 0) {
          look(s, place, 1);
          return At.REST;
        }
        s[place + STATE] = RESTING;
        return state == RUNNING ? At.REST_ENDED : At.REST_LOOK;
      }
      case REST_LOOK -> {
        if (fault != Fault.LOOK_BEFORE_REST) {
          look(s, place, 1);
        }
        return At.REST_WAKE;
      }
      case REST_WAKE -> {
        wake(s);
        return At.REST_ENDED;
      }
      case REST_ENDED -> {
        return s[place + ENDED] == 1 && fault != Fault.NO_LOOK_AT_THE_END ? At.REST_CALL : At.TAKE;
      }
      case REST_CALL -> {
        s[CALLED] |= (byte) (1 << number);
        return At.REST_CALL_WAKE;
      }
      case REST_CALL_WAKE, OVER_WAKE -> {
        wake(s);
        return At.TAKE;
      }
      default -> throw new IllegalStateException(AT[s[w + PC]].toString());
    }
  }

  private static void look(byte[] s, int place, int forInput) {
    if (s[place + KEY] == VALID) {
      s[place + INTEREST] = (byte) forInput;
    }
  }

  private static void letGo(byte[] s) {
    for (int at = SESSION; at < WORKER; at += SESSION_SIZE) {
      if (s[at + KEY] == CANCELLED) {
        s[at + KEY] = GONE;
        s[at + INTEREST] = 0;
        s[at + LOOKED_FOR] = 0;
      }
    }
  }

  private boolean isWriting(int number) {
    return switch (scripts.get(number)) {
      case WRITES_ON, ENDED_WRITING -> true;
      default -> false;
    };
  }

  private static boolean over(byte[] s, int place) {
    if (s[place + ENDED] == 0) {
      return false;
    }
    s[place + OVER] = 1;
    s[place + INPUT] = 0;
    s[place + TO_COME] = 0;
    return true;
  }

  private static void lookFor(byte[] s) {
    letGo(s);
    for (int i = 0; i < 2; i++) {
      int at = SESSION + i * SESSION_SIZE;
      s[at + LOOKED_FOR] = s[at + INTEREST];
    }
  }
}
