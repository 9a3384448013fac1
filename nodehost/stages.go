package nodehost

import "github.com/ilp-go/connector/ilp"

// Stages takes packets to the stages of one process. Its methods are safe for concurrent use, do not
// block, and copy what they are given.
type Stages struct{ session *session }

// StageNumber returns the number that a stage has in its process, for calls of a Chain.
func StageNumber(stage uint32) uint32 { return stage | stageBit }

// Stage calls a stage with a Prepare. It returns false if too much waits for the process, or if that
// has ended.
func (s *Stages) Stage(stage, id uint32, packet []byte, batch *ilp.ReadBatch) bool {
	return s.session.send(frame{frameStage, stage | stageBit, id, packet}, batch, false)
}

// Outcome tells a stage what next has come to. It returns false as Stage does.
func (s *Stages) Outcome(stage, id uint32, reply *ilp.Reply, batch *ilp.ReadBatch) bool {
	if !reply.Failed() {
		return s.session.send(frame{frameReply, stage | stageBit, id, reply.Bytes()}, batch, true)
	}
	return s.session.sendJSON(frameRefusal, stage|stageBit, id, errorOf(reply.Failure()), batch)
}

// Over tells a stage that a packet has ended without it.
func (s *Stages) Over(stage, id uint32) {
	s.session.send(frame{frameOver, stage | stageBit, id, nil}, nil, true)
}

// SetStages says what takes packets back from stages. It is called before Run.
func (h *Host) SetStages(s StageHandler) { h.stages = s }

// handleStage handles a frame about a packet that has a stage.
func (s *session) handleStage(f frame, failed *Error) {
	h := s.host.stages
	switch {
	case h == nil:
	case f.typ == frameNext:
		h.Next(f.id, f.body, &s.batch)
	case failed != nil:
		h.Fail(f.id, failed, &s.batch)
	case f.typ == frameReply:
		h.Answer(f.id, f.body, &s.batch)
	}
}
