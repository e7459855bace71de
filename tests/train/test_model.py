"""The model against formulas written out plainly, and its way to a folder and back."""

import unittest

import torch
import torch.nn.functional as F
from pipeline.bpe import Bpe
from pipeline.folder import read_model, read_tensors, with_tokens, write_model
from pipeline.gpt2 import Gpt2, HeadLoss, Shape
from pipeline.optimizer import orthogonal
from reference import plain_logits
from support import PARAGRAPHS, InFolder

TINY = Shape(vocab_size=300, n_positions=16, n_embd=32, n_layer=2, n_head=4)


class Model(InFolder):
    def setUp(self):
        super().setUp()
        torch.manual_seed(3)
        self.tokenizer = Bpe.bytes_only().extended(PARAGRAPHS, 300)
        self.net = Gpt2(TINY).eval()
        for parameter in self.net.parameters():  # away from zeros and ones, where mistakes hide
            parameter.data.add_(torch.randn_like(parameter) * 0.2)

    @torch.no_grad()
    def test_a_written_folder_holds_gpt2_as_the_formulas_say(self):
        write_model(self.net, self.tokenizer, self.folder)
        ids = torch.arange(5, 17)
        torch.testing.assert_close(self.net(ids[None])[0], plain_logits(read_tensors(self.folder), ids, 4), atol=1e-4, rtol=1e-4)

    @torch.no_grad()
    def test_reads_what_it_wrote_in_every_layout(self):
        write_model(self.net, self.tokenizer, self.folder)
        ids = torch.arange(9)[None]
        self.assertTrue(torch.equal(read_model(self.folder).eval()(ids), self.net(ids)))
        # As openai-community/gpt2 has it: no prefix, mask buffers, pytorch_model.bin.
        tensors = {**read_tensors(self.folder), "h.0.attn.bias": torch.ones(1, 1, 16, 16)}
        (self.folder / "model.safetensors").unlink()
        torch.save(tensors, self.folder / "pytorch_model.bin")
        self.assertTrue(torch.equal(read_model(self.folder).eval()(ids), self.net(ids)))

    @torch.no_grad()
    def test_new_tokens_leave_the_old_ones_as_they_were(self):
        grown_tokenizer = self.tokenizer.extended(["小团队的计划"] * 9, 310)
        grown = with_tokens(self.net, self.tokenizer, grown_tokenizer).eval()
        ids = torch.arange(9)[None]
        torch.testing.assert_close(grown(ids)[..., :300], self.net(ids))

    def test_the_loss_in_parts_has_the_value_and_the_gradients_of_the_plain_one(self):
        hidden, weight = torch.randn(HeadLoss.ROWS + 5, 8, requires_grad=True), torch.randn(11, 8, requires_grad=True)
        targets = torch.randint(0, 11, (len(hidden),))
        plain = torch.autograd.grad(F.cross_entropy(hidden @ weight.T, targets), (hidden, weight))
        loss = HeadLoss.apply(hidden, weight, targets)
        torch.testing.assert_close(loss.detach(), F.cross_entropy(hidden @ weight.T, targets).detach())
        for ours, theirs in zip(torch.autograd.grad(loss, (hidden, weight)), plain):
            torch.testing.assert_close(ours, theirs, atol=1e-6, rtol=1e-4)


class Muon(unittest.TestCase):
    def test_singular_values_come_near_one(self):
        for shape in ((2, 24, 8), (2, 8, 24)):
            values = torch.linalg.svdvals(orthogonal(torch.randn(*shape, generator=torch.Generator().manual_seed(1))))
            self.assertTrue(bool(((values > 0.5) & (values < 1.5)).all()), values)
